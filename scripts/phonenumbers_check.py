"""Lets the Python port of libphonenumber say what numbers mean; run by the tests (`it::contacts`).

    phonenumbers_check.py
        Prints a list of cases as JSON: {"text", "region" or null, "e164", "valid", "of"}: the example
        numbers of all regions and of the codes of no region, mobile, fixed and toll-free, each written
        in several ways, and some that are invalid.
"""

import json
import sys

import phonenumbers as pn

TYPES = (pn.PhoneNumberType.MOBILE, pn.PhoneNumberType.FIXED_LINE, pn.PhoneNumberType.TOLL_FREE)
FORMATS = (pn.PhoneNumberFormat.INTERNATIONAL, pn.PhoneNumberFormat.E164)


def written(number, region):
    """How people write a number, and where they are, if that matters."""
    for form in FORMATS:
        yield pn.format_number(number, form), None
    if region is not None:
        yield pn.format_number(number, pn.PhoneNumberFormat.NATIONAL), region


def case(text, region):
    number = pn.parse(text, region)
    return {
        "text": text,
        "region": region,
        "e164": pn.format_number(number, pn.PhoneNumberFormat.E164),
        "valid": pn.is_valid_number(number),
        "of": pn.region_code_for_number(number),
    }


def cases():
    for region in sorted(pn.SUPPORTED_REGIONS):
        numbers = [pn.example_number_for_type(region, kind) for kind in TYPES]
        numbers.append(pn.invalid_example_number(region))
        for number in filter(None, numbers):
            yield from (case(*one) for one in written(number, region))
    for code in sorted(pn.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        number = pn.example_number_for_non_geo_entity(code)
        if number:
            yield from (case(*one) for one in written(number, None))


if len(sys.argv) != 1:
    raise SystemExit(__doc__)
json.dump(list(cases()), sys.stdout)
