"""The sample's running times are those that a traveller knows; read off the written feeds."""

import pytest


@pytest.mark.parametrize(
    ("feed", "start", "end", "low", "high"),
    [
        # The bounds are the usual fastest running times, 10 % either side where one is known.
        ("jr-kyushu", "博多", "鹿児島中央", 76, 80),
        ("jr-kyushu", "博多", "大分", 108, 132),
        ("jr-kyushu", "大分", "宮崎", 171, 209),
        ("jr-kyushu", "宮崎", "鹿児島中央", 117, 143),
        ("tane-yaku-jetfoil", "鹿児島本港南埠頭", "宮之浦港", 105, 125),
        ("nishitetsu-highway", "西鉄天神高速バスターミナル", "熊本桜町バスターミナル", 99, 121),
        ("jac", "福岡空港", "宮崎空港", 41, 49),
        ("kyushu-shosen", "長崎港", "福江港", 77, 93),
        ("sakurajima-ferry", "鹿児島港（桜島フェリー）", "桜島港", 15, 15),
    ],
)
def test_the_fastest_run_takes_what_a_traveller_knows(kyushu, feed, start, end, low, high) -> None:
    fastest = min(end_s - start_s for start_s, end_s in kyushu.rides(feed, start, end))

    assert low * 60 <= fastest <= high * 60


def test_hakata_to_nagasaki_takes_80_to_90_minutes_with_the_change_at_takeo_onsen(kyushu) -> None:
    relays = kyushu.rides("jr-kyushu", "博多", "武雄温泉")
    onward = kyushu.rides("jr-kyushu", "武雄温泉", "長崎")

    chains = [
        end - start for start, middle in relays for leave, end in onward if leave >= middle + 180
    ]

    assert 80 * 60 <= min(chains) <= 90 * 60


def test_two_trains_an_hour_run_from_hakata_to_kagoshima_chuo_by_day(kyushu) -> None:
    starts = [start for start, _ in kyushu.rides("jr-kyushu", "博多", "鹿児島中央")]

    by_hour = [sum(hour * 3600 <= s < (hour + 1) * 3600 for s in starts) for hour in range(8, 20)]

    assert 1.2 <= sum(by_hour) / len(by_hour) <= 2.8


def test_the_sakurajima_ferry_sails_every_15_minutes_by_day_and_on_through_the_night(
    kyushu,
) -> None:
    starts = {
        start for start, _ in kyushu.rides("sakurajima-ferry", "桜島港", "鹿児島港（桜島フェリー）")
    }

    assert set(range(6 * 3600, 20 * 3600, 900)) <= starts
    for hour in range(24, 29):
        assert any(hour * 3600 <= start < (hour + 1) * 3600 for start in starts)


def test_a_morning_train_from_hakata_reaches_the_jetfoil_to_yakushima(kyushu) -> None:
    at_kagoshima = min(
        end for start, end in kyushu.rides("jr-kyushu", "博多", "鹿児島中央") if start >= 6 * 3600
    )
    at_pier = min(
        end
        for start, end in kyushu.rides("kagoshima-city-bus", "鹿児島中央駅", "高速船ターミナル")
        if start >= at_kagoshima + 600
    )
    at_miyanoura = min(
        end
        for start, end in kyushu.rides("tane-yaku-jetfoil", "鹿児島本港南埠頭", "宮之浦港")
        if start >= at_pier + 600
    )

    assert at_miyanoura < 12 * 3600
