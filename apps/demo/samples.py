"""What the demonstration's visitors answer, and how acme splits it."""

RULES = """\
# What becomes of each field of an account. A field that is neither assigned nor
# dropped by name is an error, so that nothing is forgotten.
drop = ["comments"]

[source]
type = "account"

[targets.contact]
name = "fullname"
address1 = "address1"
address2 = "address2"
city = "city"
state = "state"
zip = "zip"

[targets.health]
age = "age"
height = "height"
weight = "weight"
"""

VISITORS = (
    ("Ada Okafor", "12 Harbour Street", "", "Portland", "OR", "97205", "34", "172", "68", ""),
    ("Jonas Lindqvist", "7 Mill Lane", "Flat 3", "Madison", "WI", "53703", "51", "181", "90",
     "Please call in the evening."),
    ("Mei Tanaka", "240 Orchard Road", "", "Austin", "TX", "78701", "28", "160", "54", ""),
    ("José Álvarez", "3 Calle Luna", "2º B", "San Juan", "PR", "00901", "45", "175", "77",
     "Allergic to penicillin 🐝"),
)  # fmt: skip
