"""Closed classes of words that show, by standing where a name may, that something else than a person is named."""

from typing import Final

__all__ = ["AFTER_SOMEONE", "CALLED", "CAPITALISED", "THINGS", "UNITS"]


def _words(written: str) -> frozenset[str]:
    return frozenset(written.split())


# Written with a capital whatever they mean: months and, in chess, players.
CAPITALISED: Final = _words(
    "january february march april may june july august september october november december black white"
)
# SI Brochure (BIPM), tables 2 and 4, without those that are common names still (gray, henry, weber).
UNITS: Final = _words(
    "ampere becquerel celsius coulomb curie fahrenheit farad gauss hertz joule kelvin newton ohm pascal siemens "
    "sievert tesla volt watt"
)
# Units, planets, moons, the brightest stars and the constellations that are spoken of by one word.
THINGS: Final = UNITS | _words(
    "mercury venus earth mars ceres jupiter saturn uranus neptune pluto phobos deimos io europa ganymede callisto "
    "titan enceladus triton charon aldebaran altair antares arcturus betelgeuse canopus capella deneb polaris procyon "
    "rigel regulus sirius spica vega andromeda cassiopeia cepheus cygnus orion pegasus perseus aries taurus gemini "
    "scorpio sagittarius capricorn aquarius pisces"
)
# "Hurricane Ian", "Lake Victoria": what is called by the name that follows.
CALLED: Final = _words("cape hurricane lake mount mt planet river room star storm typhoon")
# "Gaussian process", "Valentine's Day": what is called after someone.
AFTER_SOMEONE: Final = _words(
    "act algorithm award cup day disease distance distribution divergence effect equation gambit inequality law "
    "prize process scale syndrome test theorem theory transform trophy"
)
