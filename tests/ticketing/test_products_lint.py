"""The linter finds what is missing and what contradicts itself, in both languages."""

import json

import pytest

from ticketing.products.definition import Definition
from ticketing.products.lint import Severity, catalogue, lint
from ticketing.products.service import load_samples

SAMPLES = {definition.id: definition for definition in load_samples()}


def spoiled(of: str = "sample-all-modes-2", **changes) -> set[str]:
    """Change fields (`a.b.0.c`) of a sample and return the codes of what the linter finds."""
    document = json.loads(SAMPLES[of].model_dump_json())
    for path, value in changes.items():
        *way, last = path.split("__")
        here = document
        for step in way:
            here = here[int(step) if step.isdigit() else step]
        here[int(last) if last.isdigit() else last] = value
    found = lint(Definition.model_validate(document))
    return {finding.code for finding in found}


def test_there_are_at_least_twelve_samples_and_none_has_an_error():
    assert len(SAMPLES) >= 12
    for definition in SAMPLES.values():
        assert definition.sample
        assert definition.name.ja.startswith("【見本】")
        assert [f for f in lint(definition) if f.severity is Severity.ERROR] == []


def test_sample_numbers_are_unique():
    assert len({definition.number for definition in SAMPLES.values()}) == len(SAMPLES)


CONTRADICTIONS = [
    ({"area__covers": []}, "area-empty"),
    ({"area__excludes": [{}]}, "area-excludes-all"),
    ({"area__covers__1__check": "alighting"}, "seat-slip-judged-late"),
    ({"calendar__use": {"first": "2026-05-02", "last": "2026-05-01"}}, "span-reversed"),
    ({"calendar__blackout": [{"first": "02-30", "last": "03-01"}]}, "no-such-day"),
    ({"calendar__blackout": [{"first": "01-01", "last": "12-31"}]}, "never-usable"),
    ({"calendar__bands": [{"since": "16:00", "until": "10:00"}]}, "band-empty"),
    ({"calendar__bands": [{"since": "16:00", "until": "28:00"}]}, "band-too-late"),
    (
        {
            "calendar__days": "weekdays",
            "calendar__bands": [
                {"since": "09:00", "until": "10:00", "days": "weekends-and-holidays"}
            ],
        },
        "band-on-no-day",
    ),
    ({"calendar__days": "weekdays"}, "days-in-a-row-with-gaps"),
    (
        {"counting": {"kind": "any-days", "days": 5, "within_days": 3}},
        "more-days-than-period",
    ),
    ({"counting": {"kind": "hours", "hours": 24}}, "hours-from-a-chosen-day"),
    (
        {"counting": {"kind": "any-days", "days": 3, "within_days": 120}},
        "prepaid-instrument",
    ),
    ({"start": "first-use"}, "quota-of-an-unknown-day"),
    ({"riders": []}, "no-riders"),
    ({"riders__1__category": "adult"}, "rider-twice"),
    ({"riders__1__price": 13000}, "discount-dearer"),
    ({"riders__1__price": 49}, "price-below-gateway"),
    ({"riders__1__age": [12, 6]}, "age-reversed"),
    ({"riders__1__category": "concession"}, "concession-without-proof"),
    ({"refunds__deadline_time": None}, "deadline-without-time"),
    ({"refunds__before_use": False}, "fee-without-refund"),
    ({"refunds__handling_fee": 7000}, "fee-above-price"),
    (
        {
            "refunds__cancellation": [
                {"from_days_before": 7, "percent": 30},
                {"from_days_before": 0, "percent": 10},
            ]
        },
        "fee-falls-with-time",
    ),
    ({"loss": {"reissue": "none", "fee": 500}}, "loss-fee-without-reissue"),
    ({"components": []}, "no-components"),
    ({"components__1__operator_id": "jr-kyushu"}, "operator-twice"),
    ({"display": []}, "no-display"),
    ({"sample": False}, "sample-not-named"),
    ({"sample": False, "id": "real-pass"}, "not-filed"),
    (
        {
            "filing": {
                "number": "1",
                "filed_on": "2026-02-01",
                "valid_from": "2026-01-01",
                "legal_basis": "x",
            }
        },
        "filed-after-start",
    ),
    (
        {
            "filing": {
                "number": "1",
                "filed_on": "2026-01-01",
                "valid_from": "2026-06-01",
                "legal_basis": "x",
            },
            "calendar__sale": {"first": "2026-05-01", "last": "2027-05-01"},
        },
        "sold-before-filing",
    ),
    (
        {
            "area__covers": [{"operators": ["jr-kyushu"]}],
            "area__excludes": [{"operators": ["jr-kyushu"]}],
        },
        "area-covered-and-excluded",
    ),
    ({"area__covers": [{"modes": ["air"]}]}, "air-without-component"),
    ({"area__covers": [{"operators": ["nobody"]}]}, "operator-without-share"),
    ({"journey": {"start_zones": [], "end_zones": ["a"]}}, "journey-open"),
    ({"journey": {"start_zones": ["a"], "end_zones": ["a"]}}, "journey-circular"),
    (
        {
            "calendar__sale": {"first": "2026-06-01", "last": "2026-07-01"},
            "calendar__use": {"first": "2026-05-01", "last": "2026-05-31"},
        },
        "sold-after-use",
    ),
    (
        {
            "calendar__use": {"first": "2026-05-18", "last": "2026-05-22"},
            "calendar__bands": [{"since": "03:10", "until": "03:20"}],
        },
        "never-in-band",
    ),
    ({"seats": {"times": 2}, "area__covers": [{}]}, "seats-without-class"),
    ({"riders__1__adults": 0, "riders__1__children": 0}, "nobody-rides"),
    ({"riders__1__category": "group"}, "group-of-one"),
    ({"riders__1__category": "concession"}, "no-child-price"),
    ({"start": "first-use", "refunds__deadline": "day-before"}, "deadline-without-day"),
    (
        {"refunds__before_use": False, "refunds__after_use": "unused-days"},
        "refund-only-after-use",
    ),
    (
        {
            "refunds__cancellation": [
                {"from_days_before": 7, "percent": 10},
                {"from_days_before": 7, "percent": 30},
            ]
        },
        "tier-twice",
    ),
    (
        {
            "counting": {"kind": "rides", "rides": 2, "within_days": 2},
            "refunds__after_use": "unused-days",
        },
        "unused-days-of-no-days",
    ),
    (
        {
            "counting": {"kind": "rides", "rides": 2, "within_days": 2},
            "refunds__operator_cancelled": "unused-days",
        },
        "unused-days-of-no-days",
    ),
    (
        {
            "start": "first-use",
            "refunds__cancellation": [{"from_days_before": 7, "percent": 10}],
        },
        "tier-without-day",
    ),
    ({"loss": {"reissue": "for-fee", "fee": 0}}, "loss-without-fee"),
    (
        {
            "exchange": {"counters": {"ja": "駅", "en": "station"}},
            "display": ["qr"],
        },
        "exchange-without-paper",
    ),
    (
        {
            "counting": {
                "kind": "any-days",
                "days": 3,
                "within_days": 30,
                "shareable": True,
            },
            "transfer": {"allowed": False},
        },
        "shareable-not-transferable",
    ),
]


@pytest.mark.parametrize(("changes", "code"), CONTRADICTIONS)
def test_each_contradiction_is_found(changes, code):
    assert code in spoiled(**changes)


def test_every_code_of_the_catalogue_is_shown_to_be_found():
    assert {code for _, code in CONTRADICTIONS} == set(catalogue())


def test_a_shareable_pass_must_be_transferable():
    assert "shareable-not-transferable" in spoiled(
        "sample-rail-3-any-days", transfer={"allowed": False}
    )


def test_every_finding_speaks_japanese_and_english():
    for code, words in catalogue().items():
        assert words["severity"] in {"error", "warning"}, code
        assert any("\u3040" <= letter <= "\u9fff" for letter in words["ja"]), code
        assert words["en"].isascii(), code


def test_a_misspelt_rule_is_refused_rather_than_ignored():
    document = json.loads(SAMPLES["sample-city-24h"].model_dump_json()) | {"pirce": 1}
    with pytest.raises(ValueError, match="pirce"):
        Definition.model_validate(document)
