"""Spanish."""

from __future__ import annotations

from .book import Book, EventWords, InstrumentWords, Templates

EVENTS = {
    "bell": (("el tañido de una campana", "una campana que suena"),
             ("una campana suena", "una campana repica")),
    "glass clink": (("el tintineo de una copa", "una copa que tintinea"),
                    ("una copa tintinea", "alguien golpea una copa")),
    "drum": (("golpes de tambor", "un tambor que suena"),
             ("un tambor suena", "alguien toca un tambor")),
    "knock": (("golpes en la madera", "golpes en una puerta"),
              ("alguien golpea la madera", "alguien llama a una puerta")),
    "clap": (("palmas", "manos que aplauden"), ("alguien da palmas", "alguien aplaude")),
    "footsteps": (("pasos", "una persona que camina"),
                  ("alguien pasa caminando", "una persona camina")),
    "water drip": (("un goteo de agua", "agua que gotea"), ("gotea agua", "caen gotas de agua")),
    "dog bark": (("los ladridos de un perro", "un perro que ladra"),
                 ("un perro ladra", "ladra un perro")),
    "bird chirp": (("el canto de un pájaro", "un pájaro que canta"),
                   ("un pájaro canta", "un pájaro trina")),
    "cricket": (("el canto de un grillo", "un grillo que chirría"),
                ("un grillo canta", "un grillo chirría")),
    "siren": (("el aullido de una sirena", "una sirena que aúlla"),
              ("una sirena aúlla", "una sirena suena")),
    "buzzer": (("un zumbador", "un zumbador que suena"),
               ("un zumbador suena", "suena un zumbador")),
    "alarm": (("los pitidos de una alarma", "una alarma que pita"),
              ("una alarma pita", "un despertador pita")),
    "whistle": (("un silbido", "una persona que silba"),
                ("alguien silba", "una persona silba")),
    "laser zap": (("el disparo de un láser", "un láser que dispara"),
                  ("un láser dispara", "una pistola de rayos dispara")),
    "engine": (("el rugido de un motor", "un motor que acelera"),
               ("un motor acelera", "un motor ruge")),
    "thunder": (("un trueno", "el retumbar de un trueno"),
                ("un trueno retumba", "retumba un trueno")),
}  # fmt: skip

SPANISH = Book(
    events={label: EventWords(*words) for label, words in EVENTS.items()},
    backgrounds={
        "wind": (("viento", "sopla el viento"), ("ruido de viento", "el viento sopla")),
        "rain": (("lluvia", "cae la lluvia"), ("ruido de lluvia", "llueve")),
        "hum": (("un zumbido eléctrico", "algo zumba"), ("un zumbido grave", "zumba una máquina")),
        "street": (("ruido de calle", "se oye la calle"), ("tráfico", "se oye el tráfico")),
        "quiet room": (
            ("ruido de sala", "la sala murmura"), ("un murmullo de sala", "murmura la sala"),
        ),
        "waves": (("olas del mar", "rompen las olas"), ("el mar", "se oye el mar")),
    },
    instruments={
        "piano": InstrumentWords("piano", "un piano", "en el piano"),
        "organ": InstrumentWords("órgano", "un órgano", "en el órgano"),
        "flute": InstrumentWords("flauta", "una flauta", "en la flauta"),
        "violin": InstrumentWords("violín", "un violín", "en el violín"),
        "clarinet": InstrumentWords("clarinete", "un clarinete", "en el clarinete"),
        "trumpet": InstrumentWords("trompeta", "una trompeta", "en la trompeta"),
        "marimba": InstrumentWords("marimba", "una marimba", "en la marimba"),
    },
    # Behind "melodía" and "música", both feminine.
    tempi={"slow": "lenta", "medium": "de tempo medio", "fast": "rápida"},
    modes={"major": "mayor", "minor": "menor"},
    moods={"happy": "alegre", "calm": "tranquila", "sad": "triste", "tense": "tensa"},
    times={
        1: "una vez", 2: "dos veces", 3: "tres veces", 4: "cuatro veces", 5: "cinco veces",
        6: "seis veces",
    },
    then=", luego ",
    later=", después ",
    last=" y ",
    templates=Templates(
        one=(
            "{clause} mientras {ground}.", "{clause}, y {ground}.", "{noun} con {bed}.",
            "{noun}, con {bed} de fondo.", "Con {bed} de fondo, {after}.",
            "Mientras {ground}, {after}.", "{bed} y {noun}.", "{ground} y {after}.",
        ),
        in_order=(
            "{clauses_then}, con {bed} de fondo.", "{clauses_then}, mientras {ground}.",
            "Mientras {ground}, {after_then}.", "Con {bed} de fondo, {after_then}.",
            "{ground}; {clauses_then}.", "{nouns_later}, con {bed} de fondo.",
            "{nouns_then}, y {bed} de fondo.", "{bed} con {nouns_then}.",
        ),
        together=(
            "{clauses_and}, con {bed} de fondo.", "{clauses_and} mientras {ground}.",
            "Mientras {ground}, {after_and}.", "Con {bed} de fondo, {after_and}.",
            "{ground}; {clauses_and}.", "{nouns_and} con {bed}.",
            "{nouns_and}, con {bed} de fondo.", "{bed} con {nouns_and}.",
        ),
        music=(
            "Una melodía {tempo} en modo {mode} {on_name}, con {bed} de fondo.",
            "{a_name} toca una melodía {tempo} en modo {mode} mientras {ground}.",
            "Una pieza {tempo} en modo {mode} para {name}, con {bed} de fondo.",
            "Música {tempo} para {name} en modo {mode}, a {bpm} pulsos por minuto, con {bed}.",
            "Mientras {ground}, {a_name} toca una melodía {tempo} en modo {mode}.",
            "{a_name} toca en modo {mode} a {bpm} pulsos por minuto mientras {ground}.",
            "Con {bed} de fondo, {a_name} toca una pieza en modo {mode} a {bpm} pulsos por minuto.",
            "Solo de {name}: una melodía {tempo} en modo {mode}, con {bed} de fondo.",
        ),
        mood=(
            "Una melodía {mood} {on_name}, con {bed} de fondo.",
            "{a_name} toca una pieza {mood} mientras {ground}.",
            "Música {mood} para {name}, con {bed} de fondo.",
            "Mientras {ground}, {a_name} toca una melodía {mood}.",
        ),
    ),
)  # fmt: skip
