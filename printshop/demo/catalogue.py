"""What the demo shop sells and shows, as plain values in the words of the native dialect."""

from typing import Any

FDM_TIERS = {"draft": {"multiplier": 0.8}, "standard": {"multiplier": 1}, "fine": {"multiplier": 1.35}}
RESIN_TIERS = {"standard": {"multiplier": 1}, "fine": {"multiplier": 1.25}}
COLOUR = {
    "key": "colour",
    "label": "Colour",
    "type": "select",
    "choices": ["black", "white", "grey", "red", "blue"],
}
ENGRAVING = {"key": "engraving", "label": "Engraving", "type": "boolean", "priceModifier": 2.5}
INSERTS = {"key": "inserts", "label": "Brass thread inserts", "type": "boolean", "priceModifier": 3.2}
LENGTH = {"key": "length", "label": "Length in millimetres", "type": "number"}
FINISH = {"key": "finish", "label": "Finish", "type": "select", "choices": ["raw", "oiled", "waxed"]}

SMALL, LARGE, RESIN, LASER = "fdm_standard", "fdm_large", "resin", "laser"
TIERS: dict[str, dict[str, Any]] = {SMALL: FDM_TIERS, LARGE: FDM_TIERS, RESIN: RESIN_TIERS, LASER: {}}

# id, name, machine, material, minutes, grams, price, options
PRINTS: list[tuple[str, str, str, str, int, float, float, list[dict[str, Any]]]] = [
    ("sku-pla-black-cube", "Calibration cube, black", SMALL, "PLA", 35, 8.5, 4.9, [ENGRAVING]),
    ("sku-pla-white-panel", "Front panel, white", LARGE, "PLA", 190, 96, 18.5, [INSERTS]),
    ("sku-pla-hook", "Wall hook", SMALL, "PLA", 50, 14, 5.4, [COLOUR]),
    ("sku-pla-planter", "Planter, 14 cm", LARGE, "PLA", 310, 182, 24.9, [COLOUR]),
    ("sku-pla-desk-tray", "Desk tray", LARGE, "PLA", 240, 150, 21, [COLOUR, ENGRAVING]),
    ("sku-pla-headphone-stand", "Headphone stand", LARGE, "PLA", 420, 210, 32.5, [COLOUR]),
    ("sku-pla-name-plate", "Name plate", SMALL, "PLA", 40, 18, 9.9, [COLOUR, ENGRAVING]),
    ("sku-pla-book-end", "Book end", LARGE, "PLA", 280, 165, 19.8, [COLOUR]),
    ("sku-pla-card-holder", "Card holder", SMALL, "PLA", 65, 26, 8.2, [COLOUR, ENGRAVING]),
    ("sku-petg-bracket", "Shelf bracket", SMALL, "PETG", 110, 48, 11.6, [INSERTS]),
    ("sku-petg-cable-comb", "Cable comb", SMALL, "PETG", 30, 6, 3.8, [LENGTH]),
    ("sku-petg-hose-adapter", "Hose adapter, 32 to 40 mm", SMALL, "PETG", 85, 34, 12.4, []),
    ("sku-petg-enclosure-small", "Electronics enclosure, small", SMALL, "PETG", 150, 62, 16.9, [INSERTS]),
    ("sku-petg-enclosure-large", "Electronics enclosure, large", LARGE, "PETG", 330, 171, 34.5, [INSERTS, ENGRAVING]),
    ("sku-petg-bottle-cage", "Bottle cage", LARGE, "PETG", 205, 78, 17.3, [COLOUR]),
    ("sku-abs-gear-24", "Spur gear, 24 teeth", SMALL, "ABS", 55, 11, 6.7, []),
    ("sku-abs-gear-48", "Spur gear, 48 teeth", SMALL, "ABS", 95, 29, 10.9, []),
    ("sku-abs-motor-mount", "Motor mount", SMALL, "ABS", 130, 52, 14.8, [INSERTS]),
    ("sku-tpu-phone-bumper", "Phone bumper", SMALL, "TPU", 120, 31, 13.5, [COLOUR]),
    ("sku-tpu-gasket", "Gasket, cut to length", SMALL, "TPU", 45, 9, 7.2, [LENGTH]),
    ("sku-tpu-wheel", "Rubber wheel, 60 mm", SMALL, "TPU", 140, 44, 12.9, []),
    ("sku-nylon-hinge", "Living hinge", SMALL, "Nylon", 75, 15, 9.4, []),
    ("sku-nylon-drill-guide", "Drill guide", SMALL, "Nylon", 100, 37, 15.6, [ENGRAVING]),
    ("sku-resin-figurine", "Figurine, 75 mm", RESIN, "Standard resin", 260, 42, 28, []),
    ("sku-resin-dice-set", "Set of seven dice", RESIN, "Standard resin", 180, 35, 22.5, []),
    ("sku-resin-ring-master", "Ring master for casting", RESIN, "Castable resin", 90, 4, 19, []),
    ("sku-resin-lens-cap", "Lens cap, 58 mm", RESIN, "Tough resin", 70, 9, 11.2, [ENGRAVING]),
    ("sku-resin-dental-model", "Dental arch model", RESIN, "Model resin", 150, 58, 36, []),
    ("sku-laser-coaster-set", "Set of four coasters", LASER, "Birch plywood", 12, 120, 14, [FINISH, ENGRAVING]),
    ("sku-laser-key-tag", "Key tag", LASER, "Acrylic", 3, 6, 2.9, [ENGRAVING]),
    ("sku-laser-sign-a4", "Sign, A4", LASER, "Acrylic", 18, 210, 26, [ENGRAVING]),
    ("sku-laser-box-kit", "Finger-joint box kit", LASER, "Birch plywood", 25, 340, 23.4, [FINISH]),
]
DIGITAL: list[dict[str, Any]] = [
    {"id": "EBOOK-001", "name": "Designing for the printer", "kind": "content", "basePrice": 29.99},
    {"id": "EBOOK-002", "name": "Materials, a field guide", "kind": "content", "basePrice": 24.5},
    {"id": "9781234567890", "name": "The maker's almanac", "kind": "content", "basePrice": 19},
    {"id": "FREE-SAMPLE-CHAPTER", "name": "The maker's almanac, first chapter", "kind": "content", "basePrice": 0},
    {"id": "PREMIUM-PLAN", "name": "Model library, a year", "kind": "subscription", "basePrice": 99},
    {"id": "PREMIUM-MONTHLY", "name": "Model library, a month", "kind": "subscription", "basePrice": 9.9},
    {"id": "ENTERPRISE-PLAN", "name": "Model library for a company", "kind": "subscription", "basePrice": 490},
]
DISCONTINUED: list[dict[str, Any]] = [
    {"id": "sku-pla-spool-holder", "name": "Spool holder", "material": "PLA", "basePrice": 12, "active": False},
    {"id": "sku-abs-vent-cover", "name": "Vent cover", "material": "ABS", "basePrice": 8.5, "active": False},
]
STORES = [("default", "Main store"), ("de", "Deutschland"), ("fr", "France")]
DEFAULT_STORE = "default"
PAGES = [
    ("shipping", "Shipping and returns", "Prints leave the workshop within ten working days of payment."),
    ("materials", "Choosing a material", "PLA for looks, PETG for outdoors, nylon for wear, resin for detail."),
]


def skus() -> list[dict[str, Any]]:
    """Every SKU as an import would name it."""
    prints = [
        {
            "id": sku_id,
            "name": name,
            "description": f"{name}, made of {material.lower() if material[1].islower() else material}.",
            "machineType": machine,
            "material": material,
            "estimatedPrintTime": minutes,
            "estimatedMaterialGrams": grams,
            "basePrice": price,
            "qualityTiers": TIERS[machine],
            "options": options,
        }
        for sku_id, name, machine, material, minutes, grams, price, options in PRINTS
    ]
    return prints + DIGITAL + DISCONTINUED
