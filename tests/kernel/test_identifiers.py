import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchword.kernel.identifiers import NAME_MAX, canonical_name


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("anna", "anna"),
        ("Anna", "anna"),
        ("ANNA", "anna"),
        ("\uff41\uff4e\uff4e\uff41", "anna"),  # full width
        ("u\u0308ber", "\u00fcber"),  # composed
        ("\u00dcBER", "\u00fcber"),
        ("\uff76\uff9e", "\u30ac"),  # half-width katakana with its voicing mark
        ("\u0661\u0662", "\u0661\u0662"),
        ("anna.b-c_d+e@f'g", "anna.b-c_d+e@f'g"),
        ("a" * NAME_MAX, "a" * NAME_MAX),
        ("1", "1"),
    ],
)
def test_one_form_for_case_width_and_composition(typed: str, canonical: str) -> None:
    assert canonical_name(typed) == canonical


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="empty"),
        pytest.param("a" * (NAME_MAX + 1), id="65 characters"),
        pytest.param("\u0130" * NAME_MAX, id="64 characters that grow when lower-cased"),
        pytest.param("an na", id="space"),
        pytest.param("an\u00a0na", id="no-break space"),
        pytest.param("an\u3000na", id="ideographic space"),
        pytest.param("anna\n", id="newline"),
        pytest.param("an\x00na", id="NUL"),
        pytest.param("anna\u202e", id="right-to-left override"),
        pytest.param("anna\ufeff", id="byte order mark"),
        pytest.param("anna\u00ad", id="soft hyphen"),
        pytest.param("anna\ud800", id="lone surrogate"),
        pytest.param("\ufb01sh", id="ligature"),
        pytest.param("x\u00b2", id="superscript"),
        pytest.param("\u2160", id="roman numeral"),
        pytest.param("\u20ac", id="symbol"),
        pytest.param("an/na", id="slash"),
        pytest.param(".anna", id="punctuation first"),
        pytest.param("@anna", id="at first"),
        pytest.param("\uffe3", id="full-width macron, a space inside"),
        pytest.param("\U0001f600", id="emoji"),
        pytest.param("anna\u2800", id="braille blank"),
    ],
)
def test_B_150_what_no_account_may_be_called(typed: str) -> None:
    assert canonical_name(typed) is None


@pytest.mark.parametrize(
    "typed",
    ["\u0430dmin", "admin\u200b", "admin\u200d", "\u0391dmin", "\u13aadmin", "adm\u0456n", "\u0561dmin"],
)
def test_A_REG_04_look_alikes_and_invisible_characters_are_refused(typed: str) -> None:
    assert canonical_name(typed) is None


@pytest.mark.parametrize("typed", ["ADMIN", "\uff41dmin", "\uff21\uff24\uff2d\uff29\uff2e", "Admin"])
def test_A_REG_04_case_and_width_variants_are_the_same_name(typed: str) -> None:
    assert canonical_name(typed) == canonical_name("admin")


@pytest.mark.parametrize(
    "ignorable",
    [
        pytest.param("\u034f", id="combining grapheme joiner"),
        pytest.param("\ufe0f", id="variation selector 16"),
        pytest.param("\U000e0100", id="variation selector 17"),
        pytest.param("\u115f", id="hangul choseong filler"),
        pytest.param("\u1160", id="hangul jungseong filler"),
        pytest.param("\u17b4", id="khmer inherent vowel"),
        pytest.param("\u180b", id="mongolian variation selector"),
    ],
)
def test_A_REG_04_default_ignorable_letters_and_marks_are_refused(ignorable: str) -> None:
    """RFC 8264 section 9.13: PrecisIgnorableProperties are disallowed; they show nothing at all."""
    assert canonical_name("admin" + ignorable) is None


@pytest.mark.parametrize(
    ("other", "victim"), [("\u0131rma", "irma"), ("\u0130rma", "irma"), ("stra\u00dfe", "strasse")]
)
def test_A_REG_05_case_mapping_reaches_nobody_else(other: str, victim: str) -> None:
    assert canonical_name(other) != canonical_name(victim)


def test_A_REG_05_the_kelvin_sign_is_a_k_to_everybody() -> None:
    """Unicode says they are one character (canonical equivalence), so there is one name, not a second account."""
    assert canonical_name("\u212aevin") == "kevin"


def test_greek_names_that_differ_in_case_alone_are_one() -> None:
    assert canonical_name("\u039d\u0399\u039a\u039f\u03a3") == canonical_name("\u03bd\u03b9\u03ba\u03bf\u03c2")


@given(st.text(max_size=70))
@example("\u0130")
@example("\u03a3\u03a3")
@example("\uff9e")
@example("a\u0345")
def test_the_canonical_form_is_its_own_canonical_form(typed: str) -> None:
    name = canonical_name(typed)
    if name is not None:
        assert canonical_name(name) == name
        assert name == name.lower() == unicodedata.normalize("NFC", name)
        assert 1 <= len(name) <= NAME_MAX
        name.encode()


@given(st.text(alphabet=st.characters(categories=["Ll", "Lo", "Nd", "Mn"], max_codepoint=0x24F), max_size=20))
def test_lower_and_upper_case_of_a_latin_name_are_one(typed: str) -> None:
    name, upper = canonical_name(typed), typed.upper()
    if name is not None and upper.lower() == typed:
        assert canonical_name(upper) == name
