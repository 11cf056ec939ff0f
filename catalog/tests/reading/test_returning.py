"""Refused rows, given back to be mended and sent again."""

from catalog.tests.reading.sheets import all_rows, kept, read, workbook
from catalog.uploads.reading import detect
from catalog.uploads.reading.returning import returned


def given_back(path, said):
    return b"".join(returned(path, detect(path, path.name), said))


def test_rows_come_back_in_the_columns_and_with_the_delimiter_of_their_file(tmp_path):
    content = b"ID;Colour;errors;Base price\na;=x;old;1,5x\nb;c;;2\n\nc;'=y;;3;beyond\n"
    path = kept(tmp_path, "a.csv", content)
    back = given_back(path, {2: "basePrice must be a number.", 5: "=cheeky"})
    assert back.decode("utf-8-sig") == (
        "ID;Colour;Base price;;errors\r\na;'=x;1,5x;;basePrice must be a number.\r\nc;'=y;3;beyond;'=cheeky\r\n"
    )


def test_mended_rows_mean_what_they_meant(tmp_path):
    content = 'id,name,basePrice\na,"=1,\n2",1\nb,\'-x,2\nc,Würfel,3\n'.encode("utf-16")
    path = kept(tmp_path, "a.csv", content)
    again = kept(tmp_path, "again.csv", given_back(path, {2: "x", 3: "y", 4: "z"}))
    assert read(again)[1] == read(path)[1]


def test_rows_of_a_workbook_come_back_as_csv(tmp_path):
    path = kept(
        tmp_path, "a.xlsx", workbook(["id", "estimatedPrintTime", "active"], ["007", 90, True], ["b", 1.5, None])
    )
    back = given_back(path, {3: "estimatedPrintTime must be a whole number."}).decode("utf-8-sig")
    assert back.splitlines()[1] == "b,1.5,,estimatedPrintTime must be a whole number."


def test_elements_of_json_come_back_with_a_column_for_each_field(tmp_path):
    path = kept(tmp_path, "a.json", b'[{"name":"x"},{"colour":"=red","id":"a","options":[]},5]')
    assert given_back(path, {2: "x", 3: "y"}).decode("utf-8-sig") == (
        "id,options,colour,errors\r\na,[],'=red,x\r\n,,,y\r\n"
    )


def test_many_rows_come_back_in_pieces(tmp_path):
    path = kept(tmp_path, "a.csv", b"id,name\n" + b"".join(b"a%d,b\n" % at for at in range(5_000)))
    pieces = list(returned(path, detect(path, "a.csv"), dict.fromkeys(range(2, 5002), "no")))
    assert len(pieces) == 6
    again = kept(tmp_path, "again.csv", b"".join(pieces))
    assert [cells[:2] for _, cells in all_rows(again)] == [cells for _, cells in all_rows(path)]
