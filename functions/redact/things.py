"""Closed classes of words that show, by standing where a name may, that something else than a person is named."""

import re
from typing import Final

__all__ = ["AFTER_SOMEONE", "CALLED", "CAPITALISED", "MAKERS", "NOBODY", "SHARED", "THINGS", "UNITS", "plain", "words"]

_WORD: Final = re.compile(r"[^\W\d_]+")


def words(written: str) -> frozenset[str]:
    """A class as it is written down here: its words in lower case, those of one name tied by underscores."""
    return frozenset(word.replace("_", " ") for word in written.split())


def plain(written: str) -> str:
    """The words of a name as the classes have them: in lower case, without numbers and punctuation."""
    return " ".join(_WORD.findall(written.lower()))


# Written with a capital whatever they mean: months and, in chess, players.
CAPITALISED: Final = words(
    "january february march april may june july august september october november december black white"
)
# SI Brochure (BIPM), tables 2 and 4, without those that are common names still (gray, henry, weber).
UNITS: Final = words(
    "ampere becquerel celsius coulomb curie fahrenheit farad gauss hertz joule kelvin newton ohm pascal siemens "
    "sievert tesla volt watt"
)
# Units, planets, moons, the brightest stars and the constellations that are spoken of by one word.
THINGS: Final = UNITS | words(
    "mercury venus earth mars ceres jupiter saturn uranus neptune pluto phobos deimos io europa ganymede callisto "
    "titan enceladus triton charon aldebaran altair antares arcturus betelgeuse canopus capella deneb polaris procyon "
    "rigel regulus sirius spica vega andromeda cassiopeia cepheus cygnus orion pegasus perseus aries taurus gemini "
    "scorpio sagittarius capricorn aquarius pisces"
)
# "Hurricane Ian", "Lake Victoria": what is called by the name that follows.
CALLED: Final = words("asteroid cape comet hurricane lake mount mt planet river room star storm typhoon")
# "Gaussian process", "Valentine's Day", "Nitrous oxide", "Henry Schein Inc": what is called after someone, or no name.
AFTER_SOMEONE: Final = words(
    "act administration algorithm award calendar comet cup day disease distance distribution divergence effect "
    "equation gambit index inequality law prize process scale star syndrome telescope test theorem theory transform "
    "trophy acetate acid alcohol bromide carbonate chloride dioxide fluoride hydroxide iodide nitrate oxide peroxide "
    "phosphate sulfate sulfide sulphate sulphide airlines corp corporation gmbh inc llc ltd plc compiler database "
    "framework interpreter library parser runtime"
)

# World knowledge, the only evidence for most names: the best known of each class, as far as the model takes them for
# people. What is first of all somebody's name is in `SHARED`, or left out.
# Brand Finance Global 500, Interbrand Best Global Brands.
_FIRMS: Final = """
    acer adidas aldi alibaba allianz alstom aramco asus audi aviva axa baidu barclays bayer boeing bombardier bosch
    bugatti bytedance cadillac canon carrefour caterpillar chanel chevrolet chrysler cisco citigroup citroen coca_cola
    dacia daewoo daihatsu daimler danone decathlon disney duracell ebay embraer ericsson exxon fedex foxconn fujitsu
    garmin gazprom gillette glaxo gucci haier heineken hitachi huawei hyundai ikea isuzu jpmorgan kawasaki kellogg kia
    klarna komatsu lamborghini lenovo lexus lidl lockheed lufthansa maersk marriott maserati mazda mckinsey merck
    michelin miele mitsubishi monsanto nestle netflix nikon nintendo nissan nivea nokia northrop novartis nvidia opel
    oppo palantir panasonic pepsi peugeot pfizer pinterest pirelli porsche qantas qualcomm raytheon renault revlon ricoh
    rolex ryanair saab safran samsung sandoz sanofi seiko shein siemens skoda sony stellantis stripe subaru tencent
    tesco thales tiktok toshiba toyota unicredit verizon vodafone volkswagen volvo walmart whirlpool xerox xiaomi yahoo
    yamaha zeiss alfa_romeo aston_martin estee_lauder goldman_sachs john_deere johnson_controls lockheed_martin
    louis_vuitton marks_spencer morgan_stanley novo_nordisk pratt_whitney rolls_royce societe_generale wells_fargo
"""
# TIOBE index, Stack Overflow survey: languages, formats, tools.
_SOFTWARE: Final = """
    avro bash bazel bitbucket clojure cortana cython debian django docker drupal erlang fedora figma flask flutter
    fortran git github gitlab gradle grafana graphql groovy hadoop haskell heroku java javascript jira joomla json
    jupyter keras kibana kotlin kubernetes laravel linux lisp lua magento moodle mongodb mysql nginx numpy pandas
    parquet perl postgres powershell pytest python pytorch redis rustup scikit simulink smalltalk solr splunk svelte
    symfony tensorflow toml tomcat trino ubuntu unicode unix verilog vim vue wayland yaml zig
"""
# Clubs of the first leagues that are not called by the name of their town alone.
_CLUBS: Final = """
    ajax arsenal atalanta atletico bayern benfica besiktas borussia brondby eintracht feyenoord fiorentina flamengo
    galatasaray juventus knicks lazio osasuna palmeiras panathinaikos rosenborg sampdoria schalke shakhtar spartak
    udinese werder yankees ac_milan al_ahly al_hilal al_nassr aston_villa athletic_bilbao bayern_munich blue_jays
    boca_juniors borussia_dortmund celta_vigo colo_colo crystal_palace dallas_cowboys dynamo_kyiv hajduk_split
    hellas_verona hertha_berlin leeds_united maple_leafs preston_north_end rayo_vallecano real_betis real_sociedad
    red_sox slavia_prague sparta_prague sporting_lisbon st_pauli white_sox
"""
# Feasts and months of the great religions and countries.
_FEASTS: Final = """
    ashura baisakhi bastille beltane christmas deepavali diwali dussehra easter eid halloween hanukkah hogmanay holi
    janmashtami juneteenth kwanzaa lammas lent michaelmas navratri newroz nisan nowruz onam passover pentecost pesach
    pongal purim ramadan ramadhan ramazan samhain shavuot shrovetide songkran sukkot thanksgiving vaisakhi vesak whitsun
    yuletide cinco_de_mayo durga_puja eid_al_adha eid_al_fitr ganesh_chaturthi mardi_gras raksha_bandhan rosh_hashanah
    yom_kippur gregorian hebrew cheshvan iyar kislev muharram shawwal shevat tammuz tevet tishrei dhu_al_hijjah
"""
# IAU Catalog of Star Names, Minor Planet Center; the indices of the great exchanges.
_STARS_AND_INDICES: Final = """
    achernar albireo alcor aldebaran algol alnilam alnitak alpheratz apophis bennu dimorphos didymos fomalhaut haumea
    hygiea interamnia itokawa makemake oumuamua polaris ryugu sedna spica tethys thuban umbriel vesta geminids leonids
    lyrids perseids alpha_centauri hale_bopp proxima_centauri aex bovespa dax euribor ibex ibovespa kospi libor merval
    nasdaq nifty nikkei sensex stoxx topix dow_jones hang_seng
"""
# Who has a second word to the name: "Toyota Corolla", "Bayern Munich".
MAKERS: Final = words(_FIRMS + _CLUBS)
NOBODY: Final = MAKERS | words(_SOFTWARE + _FEASTS + _STARS_AND_INDICES)
# What people are called as well: a thing with a number beside it, as in "Julia 1.10" and "243 Ida".
SHARED: Final = words(
    "ada alexa cassandra claude delphi elixir ferrari ford gemini hermes honda jaguar julia kindle mercedes oberon "
    "oracle pascal prometheus ruby rust siri suzuki swift tesla astraea bellatrix chiron davida dione eris eros "
    "europa halley hebe ida iris juno kleopatra lutetia mathilde pallas phoebe pollux psyche rhea sylvia themis "
    "titania vega"
)
