"""German. Clauses are parted as ``subject|verb|rest``; nouns stand in the nominative."""

from __future__ import annotations

from .book import EventWords, InstrumentWords, Templates, VerbSecondBook

EVENTS = {
    "bell": (("Glockenläuten", "eine läutende Glocke"),
             ("eine Glocke|läutet|", "eine Glocke|schlägt|")),
    "glass clink": (("Gläserklirren", "ein klirrendes Glas"),
                    ("ein Glas|klirrt|", "jemand|tippt|an ein Glas")),
    "drum": (("Trommelschläge", "eine dröhnende Trommel"),
             ("eine Trommel|dröhnt|", "jemand|schlägt|auf eine Trommel")),
    "knock": (("Klopfen auf Holz", "Klopfen an einer Tür"),
              ("jemand|klopft|auf Holz", "jemand|klopft|an eine Tür")),
    "clap": (("Händeklatschen", "klatschende Hände"),
             ("jemand|klatscht|", "jemand|klatscht|in die Hände")),
    "footsteps": (("Schritte", "ein gehender Mensch"),
                  ("jemand|geht|vorbei", "ein Mensch|läuft|vorbei")),
    "water drip": (("tropfendes Wasser", "Wassertropfen"),
                   ("Wasser|tropft|", "Wassertropfen|fallen|")),
    "dog bark": (("Hundegebell", "ein bellender Hund"), ("ein Hund|bellt|", "ein Hund|kläfft|")),
    "bird chirp": (("Vogelgezwitscher", "ein singender Vogel"),
                   ("ein Vogel|zwitschert|", "ein Vogel|singt|")),
    "cricket": (("Grillenzirpen", "eine zirpende Grille"),
                ("eine Grille|zirpt|", "eine Grille|ruft|")),
    "siren": (("Sirenengeheul", "eine heulende Sirene"),
              ("eine Sirene|heult|", "eine Sirene|ertönt|")),
    "buzzer": (("ein Summer", "ein Summton"),
               ("ein Summer|ertönt|", "ein Summer|geht|los")),
    "alarm": (("ein piepsender Alarm", "ein piepsender Wecker"),
              ("ein Alarm|piepst|", "ein Wecker|piepst|")),
    "whistle": (("ein Pfiff", "ein pfeifender Mensch"),
                ("jemand|pfeift|", "ein Mensch|pfeift|")),
    "laser zap": (("ein Laserschuss", "ein zischender Laser"),
                  ("ein Laser|zischt|", "eine Strahlenpistole|feuert|")),
    "engine": (("Motorengeheul", "ein aufheulender Motor"),
               ("ein Motor|heult|auf", "ein Motor|dreht|hoch")),
    "thunder": (("Donnergrollen", "grollender Donner"),
                ("Donner|grollt|", "der Donner|rollt|")),
}  # fmt: skip

GERMAN = VerbSecondBook(
    events={label: EventWords(*words) for label, words in EVENTS.items()},
    # As dative, nominative and accusative alike, since no article tells them apart.
    backgrounds={
        "wind": (("Wind", "der Wind weht"), ("Windrauschen", "der Wind bläst")),
        "rain": (("Regen", "der Regen fällt"), ("Regenrauschen", "es regnet")),
        "hum": (("Netzbrummen", "etwas brummt"), ("Maschinenbrummen", "eine Maschine brummt")),
        "street": (("Straßenlärm", "die Straße rauscht"), ("Verkehrslärm", "der Verkehr rauscht")),
        "quiet room": (
            ("Raumrauschen", "der Raum rauscht"), ("Zimmerrauschen", "das Zimmer rauscht"),
        ),
        "waves": (
            ("Wellenrauschen", "die Wellen rauschen"), ("Meeresrauschen", "das Meer rauscht"),
        ),
    },
    instruments={
        "piano": InstrumentWords("Klavier", "ein Klavier", "auf dem Klavier"),
        "organ": InstrumentWords("Orgel", "eine Orgel", "auf der Orgel"),
        "flute": InstrumentWords("Flöte", "eine Flöte", "auf der Flöte"),
        "violin": InstrumentWords("Geige", "eine Geige", "auf der Geige"),
        "clarinet": InstrumentWords("Klarinette", "eine Klarinette", "auf der Klarinette"),
        "trumpet": InstrumentWords("Trompete", "eine Trompete", "auf der Trompete"),
        "marimba": InstrumentWords("Marimba", "eine Marimba", "auf der Marimba"),
    },
    # Every melody, tune and piece of music is feminine, so one ending serves.
    tempi={"slow": "langsame", "medium": "mittelschnelle", "fast": "schnelle"},
    modes={"major": "Dur", "minor": "Moll"},
    moods={"happy": "fröhliche", "calm": "ruhige", "sad": "traurige", "tense": "angespannte"},
    times={1: "einmal", 2: "zweimal", 3: "dreimal", 4: "viermal", 5: "fünfmal", 6: "sechsmal"},
    then=", dann ",
    later=", danach ",
    last=" und ",
    templates=Templates(
        one=(
            "{clause}, während {ground}.", "{clause} und {ground}.", "{noun}, dazu {bed}.",
            "{noun} mit {bed} im Hintergrund.", "Bei {bed} {after}.", "Während {ground}, {after}.",
            "{bed} und {noun}.", "{ground} und {clause}.",
        ),
        in_order=(
            "{clauses_then}, mit {bed} im Hintergrund.", "{clauses_then}, während {ground}.",
            "Während {ground}, {after_then}.", "Bei {bed} {after_then}.",
            "{ground}; {clauses_then}.", "{nouns_later}, dazu {bed}.",
            "{nouns_then}, mit {bed} im Hintergrund.", "{bed}, dazu {nouns_then}.",
        ),
        together=(
            "{clauses_and}, mit {bed} im Hintergrund.", "{clauses_and}, während {ground}.",
            "Während {ground}, {after_and}.", "Bei {bed} {after_and}.",
            "{ground}; {clauses_and}.", "{nouns_and}, dazu {bed}.",
            "{nouns_and}, mit {bed} im Hintergrund.", "{bed}, dazu {nouns_and}.",
        ),
        music=(
            "Eine {tempo} Melodie in {mode} {on_name}, dazu {bed}.",
            "{a_name} spielt eine {tempo} Weise in {mode}, während {ground}.",
            "Eine {tempo} Weise in {mode} für {name}, mit {bed} im Hintergrund.",
            "{tempo} Musik für {name} in {mode}, {bpm} Schläge pro Minute, dazu {bed}.",
            "Während {ground}, spielt {a_name} eine {tempo} Melodie in {mode}.",
            "{a_name} spielt in {mode} mit {bpm} Schlägen pro Minute, während {ground}.",
            "Bei {bed} spielt {a_name} eine Weise in {mode} mit {bpm} Schlägen pro Minute.",
            "Solo für {name}: eine {tempo} Melodie in {mode}, dazu {bed}.",
        ),
        mood=(
            "Eine {mood} Melodie {on_name}, dazu {bed}.",
            "{a_name} spielt eine {mood} Weise, während {ground}.",
            "{mood} Musik für {name}, mit {bed} im Hintergrund.",
            "Während {ground}, spielt {a_name} eine {mood} Melodie.",
        ),
    ),
)  # fmt: skip
