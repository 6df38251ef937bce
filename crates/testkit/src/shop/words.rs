//! The words that the shop's texts are made of.

pub(super) const FIRST_NAMES: [&str; 16] = [
    "Ada",
    "Björn",
    "Chloé",
    "Dmitri",
    "Elif",
    "Fatima",
    "Grace",
    "Hiro",
    "Inês",
    "Jürgen",
    "Kateřina",
    "Linus",
    "Mei",
    "Noor",
    "Óscar",
    "Zoë",
];
pub(super) const LAST_NAMES: [&str; 16] = [
    "Adeyemi", "Brontë", "Castillo", "Dvořák", "Ericsson", "Fischer", "García", "Hopper",
    "Ivanova", "Jensen", "Kovács", "Lovelace", "Müller", "Nakamura", "O'Brien", "Šimić",
];
/// City, latitude, longitude.
pub(super) const CITIES: [(&str, &str, &str); 12] = [
    ("Lisboa", "38.7223", "-9.1393"),
    ("København", "55.6761", "12.5683"),
    ("Zürich", "47.3769", "8.5417"),
    ("São Paulo", "-23.5505", "-46.6333"),
    ("東京", "35.6762", "139.6503"),
    ("Kraków", "50.0647", "19.945"),
    ("Montréal", "45.5019", "-73.5674"),
    ("Nairobi", "-1.2921", "36.8219"),
    ("Reykjavík", "64.1466", "-21.9426"),
    ("Seattle", "47.6062", "-122.3321"),
    ("Wellington", "-41.2866", "174.7756"),
    ("Αθήνα", "37.9838", "23.7275"),
];
pub(super) const STREETS: [&str; 8] = [
    "Rua Augusta",
    "Nygade",
    "Bahnhofstrasse",
    "High Street",
    "Elm St.",
    "Ulica Długa",
    "Rue d'Été",
    "Harbour Road",
];
pub(super) const TAGS: [&str; 8] = [
    "newsletter",
    "wholesale",
    "beta",
    "café",
    "returns often",
    "gift",
    "überweisung",
    "test",
];
pub(super) const ADJECTIVES: [&str; 10] = [
    "Classic",
    "\"Original\"",
    "Ultra-light",
    "Crème",
    "Größe XL",
    "Handmade",
    "Folding",
    "Smart",
    "Vintage\nEdition",
    "Solar ☀️",
];
pub(super) const NOUNS: [&str; 10] = [
    "kettle",
    "bicycle bell",
    "Stuhl",
    "headphones 🎧",
    "tent",
    "piñata",
    "desk lamp",
    "чайник",
    "rain jacket",
    "knife\\fork set",
];
pub(super) const CATEGORIES: [&str; 6] = [
    "kitchen",
    "outdoor",
    "office",
    "audio",
    "garden",
    "spare parts",
];
pub(super) const STATUSES: [&str; 5] = ["PENDING", "PAID", "SHIPPED", "DELIVERED", "RETURNED"];
pub(super) const NOTES: [&str; 5] = [
    "Leave with the neighbour",
    "Ring twice,\nthen wait",
    "Geschenk! 🎁",
    "say \"hello\"",
    "",
];
