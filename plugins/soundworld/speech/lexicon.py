"""The words of the speakers, by what they do in a sentence."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "which": ("the", "my", "your", "our", "this", "her", "his", "that", "one"),
    "thing": (
        "apple", "boat", "book", "box", "bread", "bridge", "candle", "car", "chair", "clock",
        "coat", "cup", "desk", "door", "drum", "egg", "fish", "flag", "flower", "garden", "hat",
        "house", "jar", "jacket", "key", "kite", "lamp", "leaf", "letter", "map", "milk",
        "mirror", "orange", "paper", "piano", "picture", "plate", "quilt", "radio", "ring",
        "river", "rope", "shoe", "soup", "spoon", "stone", "table", "tree", "umbrella",
        "violin", "wagon", "watch", "window", "yoyo",
    ),
    "being": (
        "aunt", "baby", "bear", "bird", "boy", "cat", "cow", "dog", "doctor", "duck", "farmer",
        "fox", "friend", "girl", "goat", "horse", "king", "lion", "mouse", "owl", "pilot",
        "queen", "rabbit", "teacher", "uncle", "wolf", "zebra",
    ),
    "kind": (
        "big", "black", "blue", "brave", "busy", "calm", "clever", "cold", "dark", "dry",
        "empty", "fast", "funny", "green", "happy", "heavy", "huge", "kind", "lazy", "light",
        "little", "new", "old", "quick", "quiet", "red", "sad", "shy", "soft", "strange",
        "tall", "tiny", "warm", "white", "wild", "yellow", "young",
    ),
    "does": (
        "dances", "dreams", "eats", "falls", "jumps", "laughs", "listens", "plays", "reads",
        "runs", "sings", "sleeps", "smiles", "swims", "talks", "waits", "walks", "whispers",
    ),
    "do": (
        "bring", "buy", "carry", "clean", "draw", "find", "fix", "give", "hide", "hold", "like",
        "move", "open", "paint", "push", "see", "take", "touch", "use", "want",
    ),
    "go": ("dance", "eat", "jump", "play", "read", "run", "sing", "sleep", "swim", "walk"),
    "name": (
        "alex", "bella", "eve", "frank", "jack", "kim", "max", "olga", "quinn", "tom", "victor",
        "zoe",
    ),
    "person": ("i", "they", "we", "you"),
    "when": (
        "again", "alone", "at home", "at night", "away", "here", "inside", "later", "now",
        "often", "outside", "soon", "today", "together", "tomorrow", "twice",
    ),
    "greeting": (
        "bye", "good evening", "good morning", "good night", "hello", "hey", "thanks", "welcome",
    ),
}  # fmt: skip
"""Role → words; an entry of two words is replaced as one. No word has two roles."""
