"""Words of the sentences that small models are trained on most, in three languages.

They are spelt as inside a sentence. `vocabulary` gives each of them its tokens before all others.
"""

from __future__ import annotations

ENGLISH = """
a add after alarm along an and answer are artist as asked at audio background ball bark barking
barks beating beats beep beeping beeps before begin behind bell bird blowing blows boots both
bounces bpm but buzzer by calling calls calm can change chime chimes chirp chirping chirps
chirring chirrs choose clap clapping claps clarinet clink clinking clinks clip clock closely comes
composer count cricket dance delete describe described designer do does dog door drip dripping
drips drop drops drum editor electric engine english erase every everything extract fall falling
falls fast film fires first fist five flute foley followed footsteps for four from given glass
goes gun half hammer hand hands happen happy has hear heard here hisses hissing hits hound how
howls hum hums in insert instrument into is isolate it its just keep key knock knocking knocks
lamp laser last leave let like listen low machine major make makes many marimba me medium melody
minor missing mix mode motor mouth move moves music name no noise not nothing of off often old on
once one only opens or order organ other out over part past pendulum person piano plain play
played plays please put question quiet rain rains ray recording remove replace reply rest revs
revving ring ringing rings roll rolls room rumbles rumbling sad same say scene sea second see seen
shoots should sing singing sings siren six slide slow soft softly solo someone something sound
sounding sounds speak start street strikes struck take tap tapped taps target tempo tense text
that the then this three thunder time times timing to told too traffic trumpet tune turn turns
twice two up video violin voice wailing wails walk walking walks want washes watch water waves
well what when which while whistle whistles whistling wind with wood would yes you zap zapping
zaps
"""
GERMAN = """
Alarm an angespannte auf aufheulender bei bellender bellt bläst brummt danach dann das dazu dem
der die Donner Donnergrollen dreht dreimal dröhnende dröhnt Dur ein eine einer einmal ertönt es
etwas fallen feuert Flöte fröhliche fällt fünfmal für gehender geht Geige Glas Glocke
Glockenläuten Gläserklirren Grille Grillenzirpen grollender grollt heulende heult Hintergrund hoch
Holz Hund Hundegebell Hände Händeklatschen im in jemand Klarinette klatschende klatscht Klavier
klirrendes klirrt Klopfen klopft kläfft langsame Laser Laserschuss los läuft läutende läutet
Marimba Maschine Maschinenbrummen Meer Meeresrauschen Melodie Mensch Minute mit mittelschnelle
Moll Motor Motorengeheul Musik Netzbrummen Orgel pfeifender pfeift Pfiff piepsender piepst pro
Raum Raumrauschen rauschen rauscht Regen Regenrauschen regnet rollt ruft ruhige Schläge Schlägen
schlägt schnelle Schritte sechsmal singender singt Sirene Sirenengeheul Solo spielt
Strahlenpistole Straße Straßenlärm Summer Summton tippt traurige Trommel Trommelschläge Trompete
tropfendes tropft Tür und Verkehr Verkehrslärm viermal Vogel Vogelgezwitscher vorbei Wasser
Wassertropfen Wecker weht Weise Wellen Wellenrauschen Wind Windrauschen während Zimmer
Zimmerrauschen zirpende zirpt zischender zischt zweimal zwitschert
"""
SPANISH = """
a acelera agua alarma alegre algo alguien aplaude aplauden aullido aúlla cae caen calle camina
caminando campana canta canto chirría cinco clarinete con copa cuatro da de del despertador
después dispara disparo dos el eléctrico en flauta fondo golpea golpes gotas gotea goteo grave
grillo la ladra ladridos las lenta llama llueve lluvia los luego láser madera manos mar marimba
mayor medio melodía menor mientras minuto modo motor murmullo murmura máquina música olas oye
palmas para pasa pasos perro persona piano pieza pistola pita pitidos por puerta pulsos pájaro que
rayos repica retumba retumbar rompen ruge rugido ruido rápida sala se seis silba silbido sirena
solo sopla suena tambor tañido tempo tensa tintinea tintineo toca tranquila tres trina triste
trompeta trueno tráfico un una veces vez viento violín y zumba zumbador zumbido órgano
"""
