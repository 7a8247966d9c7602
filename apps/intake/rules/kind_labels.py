"""The kinds and autofill tokens of docs/protocol.md §8, as an admin reads them."""

# In the order of the protocol's table.
KIND_LABELS = {
    "text": "one line of text",
    "textarea": "several lines of text",
    "email": "e-mail address",
    "tel": "telephone number",
    "number": "number",
    "date": "date",
    "time": "time of day",
    "select": "choice from a drop-down list",
    "radio": "choice of one, all shown",
    "checkboxes": "choice of several",
    "checkbox": "one box to tick",
    "rating": "rating or scale",
    "consent": "consent, with its text",
    "hidden": "hidden, from the page's address",
}

# What a browser may fill in by itself, where the answer is not sensitive.
AUTOCOMPLETE_LABELS = {
    "name": "full name",
    "honorific-prefix": "title before the name",
    "given-name": "given name",
    "additional-name": "middle name",
    "family-name": "family name",
    "honorific-suffix": "suffix after the name",
    "nickname": "nickname",
    "email": "e-mail address",
    "tel": "telephone number",
    "organization": "company or organisation",
    "organization-title": "job title",
    "street-address": "street address, all lines",
    "address-line1": "street address, first line",
    "address-line2": "street address, second line",
    "address-line3": "street address, third line",
    "address-level1": "state or province",
    "address-level2": "city or town",
    "postal-code": "postal code",
    "country": "country, as a code",
    "country-name": "country, by name",
    "language": "preferred language",
    "bday": "date of birth",
    "sex": "gender",
    "url": "web page",
}
