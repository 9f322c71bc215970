"""Where towns lie and which lines join them: the rough shape of Kyushu, for made-up feeds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Town:
    """A town around which buses run."""

    lat: float
    lon: float
    share: float
    """Of all bus places of the region."""
    radius_km: float


def _small(lat: float, lon: float) -> Town:
    return Town(lat, lon, 0.0045, 3.5)


TOWNS: dict[str, Town] = {
    "Fukuoka": Town(33.590, 130.420, 0.24, 9.0),
    "Kitakyushu": Town(33.885, 130.875, 0.13, 8.5),
    "Kumamoto": Town(32.790, 130.690, 0.105, 7.0),
    "Kagoshima": Town(31.585, 130.545, 0.095, 6.5),
    "Nagasaki": Town(32.755, 129.870, 0.09, 5.5),
    "Oita": Town(33.233, 131.606, 0.06, 6.0),
    "Miyazaki": Town(31.915, 131.430, 0.05, 6.0),
    "Saga": Town(33.264, 130.297, 0.04, 5.0),
    "Kurume": _small(33.320, 130.508),
    "Omuta": _small(33.030, 130.445),
    "Sasebo": _small(33.165, 129.726),
    "Isahaya": _small(32.850, 130.040),
    "Karatsu": _small(33.450, 129.968),
    "Iizuka": _small(33.640, 130.690),
    "Nakatsu": _small(33.598, 131.190),
    "Beppu": _small(33.280, 131.500),
    "Hita": _small(33.320, 130.940),
    "Aso": _small(32.940, 131.080),
    "Yatsushiro": _small(32.505, 130.600),
    "Hitoyoshi": _small(32.215, 130.755),
    "Nobeoka": _small(32.582, 131.672),
    "Miyakonojo": _small(31.727, 131.075),
    "Satsumasendai": _small(31.815, 130.312),
    "Minamata": _small(32.212, 130.405),
    "Ibusuki": _small(31.237, 130.640),
    "Kanoya": _small(31.380, 130.850),
    "Saiki": _small(32.960, 131.900),
    "Tosu": _small(33.370, 130.520),
    "Imari": _small(33.270, 129.880),
    "Shimabara": _small(32.770, 130.370),
    "Amakusa": _small(32.458, 130.193),
    "Yufuin": _small(33.265, 131.355),
    "Iki": _small(33.790, 129.690),
    "Tsushima": _small(34.205, 129.290),
    "Goto": _small(32.695, 128.840),
    "Tanegashima": _small(30.730, 131.000),
    "Yakushima": _small(30.425, 130.570),
    "Amami": _small(28.378, 129.495),
}


@dataclass(frozen=True)
class Line:
    """A railway, ferry, flight or highway line."""

    towns: tuple[str, ...]
    kind: str
    """`local`, `rapid`, `express`, `shinkansen`, `ferry`, `flight`, `coach`."""
    trips: int
    """A day and direction."""


def _rail(text: str, **trips: int) -> tuple[Line, ...]:
    return tuple(Line(tuple(text.split()), kind, count) for kind, count in trips.items())


LINES: tuple[Line, ...] = (
    *_rail("Kitakyushu Fukuoka Tosu Kurume Omuta Kumamoto Yatsushiro", local=52, rapid=34),
    *_rail("Yatsushiro Minamata Satsumasendai Kagoshima", local=18),
    *_rail("Fukuoka Tosu Saga Isahaya Nagasaki", local=26, express=24),
    *_rail("Saga Imari Sasebo", local=20),
    *_rail("Isahaya Sasebo", local=20),
    *_rail("Isahaya Shimabara", local=22),
    *_rail("Kitakyushu Nakatsu Beppu Oita", local=34, express=24),
    *_rail("Oita Saiki Nobeoka Miyazaki", local=16, express=11),
    *_rail("Miyazaki Miyakonojo Kagoshima", local=20, express=10),
    *_rail("Kurume Hita Yufuin Oita", local=15, express=6),
    *_rail("Kumamoto Aso Oita", local=16, express=4),
    *_rail("Kitakyushu Iizuka Fukuoka", local=36),
    *_rail("Fukuoka Karatsu Imari", local=30),
    *_rail("Kagoshima Ibusuki", local=18),
    *_rail("Yatsushiro Hitoyoshi", local=10),
    *_rail("Fukuoka Kurume Omuta", local=60, express=34),
    *_rail("Kitakyushu Fukuoka Kurume Kumamoto Minamata Kagoshima", shinkansen=44),
    *_rail("Tosu Isahaya Nagasaki", shinkansen=22),
    *_rail("Fukuoka Kumamoto", coach=60),
    *_rail("Fukuoka Nagasaki", coach=40),
    *_rail("Fukuoka Kurume Hita Oita", coach=30),
    *_rail("Fukuoka Kumamoto Miyazaki", coach=20),
    *_rail("Fukuoka Kagoshima", coach=18),
    *_rail("Fukuoka Sasebo", coach=30),
    *_rail("Kumamoto Yatsushiro Kagoshima", coach=14),
    *_rail("Kumamoto Amakusa", coach=14),
    *_rail("Kagoshima Kanoya", coach=16),
    *_rail("Fukuoka Iki Tsushima", ferry=4),
    *_rail("Nagasaki Goto", ferry=6),
    *_rail("Kagoshima Tanegashima Yakushima", ferry=5),
    *_rail("Kagoshima Amami", ferry=1),
    *_rail("Kumamoto Shimabara", ferry=12),
    *_rail("Fukuoka Miyazaki", flight=14),
    *_rail("Fukuoka Tsushima", flight=5),
    *_rail("Fukuoka Goto", flight=4),
    *_rail("Nagasaki Tsushima", flight=4),
    *_rail("Kagoshima Yakushima", flight=5),
    *_rail("Kagoshima Amami", flight=7),
)

SPEED_KMH = {
    "local": 52.0,
    "rapid": 66.0,
    "express": 84.0,
    "shinkansen": 190.0,
    "coach": 62.0,
    "ferry": 45.0,
    "flight": 420.0,
}
GAP_KM = {"local": 3.4, "rapid": 3.4, "express": 3.4, "shinkansen": 60.0, "coach": 25.0}
"""Between stops; kinds that are not named stop in towns only."""
EVERY = {"local": 1, "rapid": 3, "express": 9}
"""Which of a line's stations are served, besides those of towns."""
ROUTE_TYPE = {"local": 2, "rapid": 2, "express": 2, "shinkansen": 101, "coach": 200, "ferry": 4}
