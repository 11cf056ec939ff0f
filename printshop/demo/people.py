"""Who buys at the demo shop. Names and addresses are made up; the domains are those reserved for examples."""

from typing import Any

# first name, last name, street, town, postcode, country
PEOPLE = [
    ("Amara", "Okafor", "14 Mill Lane", "Leeds", "LS1 4AB", "GB"),
    ("Lukas", "Brandt", "Gartenstraße 7", "Leipzig", "04103", "DE"),
    ("Chloé", "Marchand", "22 rue des Tanneurs", "Nantes", "44000", "FR"),
    ("Mateo", "Herrera", "Calle Olmo 31", "Valencia", "46001", "ES"),
    ("Ingrid", "Solberg", "Fjellveien 9", "Bergen", "5019", "NO"),
    ("Priya", "Raman", "5 Station Road", "Reading", "RG1 1LX", "GB"),
    ("Tomasz", "Wilk", "ul. Lipowa 18", "Poznań", "61-501", "PL"),
    ("Hannah", "Keller", "Seestrasse 40", "Zürich", "8002", "CH"),
    ("Noah", "Whitfield", "1810 Alder Street", "Portland", "97205", "US"),
    ("Yuki", "Tanabe", "2-14 Sakuragaoka", "Kyoto", "604-8005", "JP"),
    ("Elena", "Petrova", "12 Vitosha Blvd", "Sofia", "1000", "BG"),
    ("Samuel", "Adeyemi", "77 King Street", "Bristol", "BS1 4ER", "GB"),
    ("Freja", "Lindqvist", "Storgatan 3", "Uppsala", "753 31", "SE"),
    ("Jonas", "Meier", "Am Hang 12", "Kassel", "34117", "DE"),
    ("Beatriz", "Carvalho", "Rua do Sol 45", "Porto", "4000-527", "PT"),
    ("Oliver", "Grant", "402 Cedar Avenue", "Austin", "78701", "US"),
    ("Sofia", "Ricci", "Via Verdi 8", "Bologna", "40121", "IT"),
    ("Liam", "Byrne", "3 Harbour Row", "Cork", "T12 W8XY", "IE"),
    ("Anneke", "de Wit", "Prinsenkade 61", "Breda", "4811 VB", "NL"),
    ("Karim", "Haddad", "19 rue de la Gare", "Lyon", "69003", "FR"),
    ("Marta", "Novák", "Dlouhá 27", "Brno", "602 00", "CZ"),
    ("Ethan", "Cole", "95 Birch Road", "Denver", "80203", "US"),
    ("Isla", "Fraser", "28 Castle Wynd", "Stirling", "FK8 1EG", "GB"),
    ("Viktor", "Hansen", "Nørregade 15", "Aarhus", "8000", "DK"),
    ("Zeynep", "Demir", "Gül Sokak 6", "Ankara", "06420", "TR"),
    ("Paul", "Schneider", "Bahnhofstraße 2", "Graz", "8020", "AT"),
    ("Grace", "Mbeki", "11 Protea Close", "Cape Town", "8001", "ZA"),
    ("Henri", "Dubois", "4 place du Marché", "Lille", "59000", "FR"),
    ("Aino", "Korhonen", "Rantatie 33", "Tampere", "33100", "FI"),
    ("Diego", "Salazar", "Avenida Norte 210", "Puebla", "72000", "MX"),
    ("Ruth", "Ellison", "60 Orchard Drive", "Halifax", "B3H 2R9", "CA"),
    ("Felix", "Wagner", "Hafenweg 19", "Münster", "48155", "DE"),
    ("Nadia", "Rahman", "8 Elm Court", "Leicester", "LE1 6RP", "GB"),
    ("Giulia", "Ferrari", "Corso Roma 77", "Torino", "10121", "IT"),
    ("Oskar", "Nilsson", "Hamngatan 21", "Malmö", "211 22", "SE"),
    ("Caroline", "Peeters", "Kerkstraat 50", "Gent", "9000", "BE"),
    ("Daniel", "Osei", "16 Ridge Road", "Accra", "GA-145", "GH"),
    ("Mia", "Thornton", "233 Lake View", "Madison", "53703", "US"),
    ("Andrei", "Popescu", "Strada Teiului 4", "Cluj-Napoca", "400000", "RO"),
    ("Wanjiru", "Kamau", "5 Acacia Lane", "Nairobi", "00100", "KE"),
]
FIELDS = ("name", "line1", "city", "zip", "country")


def customer_id(index: int) -> str:
    """`cust-001` is the first."""
    return f"cust-{index + 1:03d}"


def customers() -> list[dict[str, Any]]:
    """Every customer as `POST /api/customers` takes one; who came by telephone has no e-mail address."""
    return [
        {
            "id": customer_id(index),
            "firstname": first,
            "lastname": last,
            "externalId": f"crm-{4001 + 7 * index}",
            "email": None if index % 13 == 12 else f"customer{index + 1:03d}@mail.example.org",
        }
        for index, (first, last, *_) in enumerate(PEOPLE)
    ]


def address(index: int) -> dict[str, str]:
    """Where a customer's parcels go."""
    first, last, *place = PEOPLE[index]
    return dict(zip(FIELDS, (f"{first} {last}", *place), strict=True))
