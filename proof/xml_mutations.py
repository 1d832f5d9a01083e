"""Changes of the XML of one part: of its tags, attributes, texts, entities and namespaces, and of how it is stored."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Final

from odd_xml import ANY_VALUE, FRAGMENTS, NAMES, TAGS, TEXTS, VALUES
from packages import Package, Part
from workbook_seeds import MAIN

Tokens = list[str]
"""The XML, cut into tags and what is between them."""

_TOKENS: Final = re.compile(r"<[^<>]*>|[^<>]+|[<>]")
_ATTRIBUTE: Final = re.compile(r"""\s([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')""")


def split(text: str) -> Tokens:
    """Cut XML into its tags and what is between them."""
    return _TOKENS.findall(text)


Change = Callable[[Tokens, Random], None]


def _pick_tag(tokens: Tokens, random: Random) -> int | None:
    places = [
        place for place, token in enumerate(tokens) if token[:1] == "<" and len(token) > 2 and token[1] not in "?!"
    ]
    return random.choice(places) if places else None


def _pick_open(tokens: Tokens, random: Random, name: str = r"[\w:]+") -> int | None:
    search = re.compile(rf"<(?:\w+:)?{name}(?=[\s/>])")
    places = [place for place, token in enumerate(tokens) if search.match(token)]
    return random.choice(places) if places else None


def _element(tokens: Tokens, start: int) -> slice:
    """Give where an element ends, by counting tags of any name."""
    depth = 0
    for place in range(start, len(tokens)):
        token = tokens[place]
        if token.startswith("</"):
            depth -= 1
        elif token[:1] == "<" and not token.endswith("/>") and token[1:2] not in ("?", "!"):
            depth += 1
        if depth <= 0:
            return slice(start, place + 1)
    return slice(start, len(tokens))


def _drop_token(tokens: Tokens, random: Random) -> None:
    if tokens:
        del tokens[random.randrange(len(tokens))]


def _duplicate_token(tokens: Tokens, random: Random) -> None:
    if tokens:
        place = random.randrange(len(tokens))
        tokens.insert(place, tokens[place])


def _swap_tokens(tokens: Tokens, random: Random) -> None:
    if len(tokens) > 4:
        place = random.randrange(len(tokens) - 3)
        other = place + random.randint(1, 3) if random.random() < 0.7 else random.randrange(len(tokens))
        tokens[place], tokens[other] = tokens[other], tokens[place]


def _drop_element(tokens: Tokens, random: Random) -> None:
    if (start := _pick_open(tokens, random)) is not None:
        del tokens[_element(tokens, start)]


def _duplicate_element(tokens: Tokens, random: Random) -> None:
    if (start := _pick_open(tokens, random)) is not None:
        place = _element(tokens, start)
        tokens[start:start] = tokens[place]


def _move_element(tokens: Tokens, random: Random) -> None:
    if (start := _pick_open(tokens, random)) is not None:
        place = _element(tokens, start)
        taken = tokens[place]
        del tokens[place]
        other = random.randrange(len(tokens) + 1)
        tokens[other:other] = taken


def _wrap_element(tokens: Tokens, random: Random) -> None:
    if (start := _pick_open(tokens, random)) is not None:
        place, name = _element(tokens, start), random.choice(TAGS)
        tokens[place] = [f"<{name}>", *tokens[place], f"</{name}>"]


def _rename(tokens: Tokens, random: Random) -> None:
    if (start := _pick_open(tokens, random)) is None:
        return
    old = re.split(r"[\s/>]", tokens[start][1:], maxsplit=1)[0]
    new = random.choice((random.choice(TAGS), f"x:{old}", f"r:{old}", old.upper(), f"{old}x", old.rpartition(":")[2]))
    place = _element(tokens, start)
    tokens[start] = f"<{new}{tokens[start][1 + len(old) :]}"
    if random.random() < 0.8 and tokens[place.stop - 1] == f"</{old}>":
        tokens[place.stop - 1] = f"</{new}>"


def _respell_tag(tokens: Tokens, random: Random) -> None:
    if (place := _pick_tag(tokens, random)) is None:
        return
    tag = tokens[place]
    tokens[place] = random.choice((
        f"{tag[:-1]} >", f"{tag[:-1]}\n>", f"{tag[:-1]}/>", tag[:-1], tag[1:], f"< {tag[1:]}", f"</{tag[1:]}",
        tag.replace("/>", ">"), tag.replace("</", "</ "), tag.replace("</", "</x:"), tag.replace(" ", "\n"),
        tag.replace(" ", "\t", 1), f"<{tag}", f"{tag}>", tag.replace("</", "<"), tag.replace("/>", " / >"),
        tag[:2] + "\x00" + tag[2:], tag.replace("<", "<x:"),
    ))  # fmt: skip


def _open_and_close(tokens: Tokens, random: Random) -> None:
    places = [place for place, token in enumerate(tokens) if token.endswith("/>")]
    if places:
        place = random.choice(places)
        name = re.split(r"[\s/>]", tokens[place][1:], maxsplit=1)[0]
        tokens[place : place + 1] = [f"{tokens[place][:-2]}>", f"</{name}>"]


def _change_attribute(tokens: Tokens, random: Random) -> None:
    with_some = [place for place, token in enumerate(tokens) if token[:1] == "<" and _ATTRIBUTE.search(token)]
    if not with_some:
        return
    place = random.choice(with_some)
    tag = tokens[place]
    found = random.choice(list(_ATTRIBUTE.finditer(tag)))
    name, value = found[1], found[2][1:-1]
    new = random.choice((
        "", found[0] * 2, f' {name}="{_value(name, random)}"', f' {name}="{_value(name, random)}"',
        f' {name}="{_value(name, random)}"', f' {random.choice(NAMES)}="{value}"', f" {name}='{value}'",
        f" {name}={value}", f' {name} = "{value}"', f'\n{name}="{value}"', f'{name}="{value}"', f' x:{name}="{value}"',
        f' {name}="{value[:1]}&#{ord(value[-1:] or "x")};"', f'{found[0]} {name}="{_value(name, random)}"',
        f' {name}="{value} "', f' {name}=" {value}"', f" {name}", f' {name.upper()}="{value}"',
        f' {name}="{value.lower()}"', f' {name}="{value}', f'{found[0]}{random.choice(NAMES)}="1"',
    ))  # fmt: skip
    tokens[place] = tag[: found.start()] + new + tag[found.end() :]


def _value(name: str, random: Random) -> str:
    return random.choice(VALUES.get(name, ANY_VALUE) if random.random() < 0.85 else ANY_VALUE)


def _add_attribute(tokens: Tokens, random: Random) -> None:
    if (place := _pick_open(tokens, random)) is not None:
        name = random.choice(NAMES)
        added = f' {name}="{_value(name, random)}"'
        tag = tokens[place]
        old = re.split(r"[\s/>]", tag[1:], maxsplit=1)[0]
        tokens[place] = f"<{old}{added}{tag[1 + len(old) :]}"


def _change_text(tokens: Tokens, random: Random) -> None:
    places = [place for place, token in enumerate(tokens) if token[:1] not in "<>"]
    if places:
        place = random.choice(places)
        text = random.choice(TEXTS)
        tokens[place] = random.choice((text, text, text, text + tokens[place], tokens[place] + text))


def _insert(tokens: Tokens, random: Random) -> None:
    tokens.insert(random.randrange(len(tokens) + 1), random.choice(FRAGMENTS))


def _insert_in_cell(tokens: Tokens, random: Random) -> None:
    if (start := _pick_open(tokens, random, "(?:c|is|v|f|si)")) is not None:
        place = _element(tokens, start)
        within = random.choice((start + 1, start + 1, place.stop - 1, place.stop))
        tokens.insert(within, random.choice(FRAGMENTS[:62]))


def _retype_cell(tokens: Tokens, random: Random) -> None:
    if (place := _pick_open(tokens, random, "c")) is not None:
        kind = random.choice(VALUES["t"])
        bare = re.sub(r' t="[^"]*"', "", tokens[place])
        tokens[place] = bare if random.random() < 0.2 else re.sub(r"(\s*/?>)$", rf' t="{kind}"\1', bare)


def _restyle_cell(tokens: Tokens, random: Random) -> None:
    if (place := _pick_open(tokens, random, "c")) is not None:
        bare = re.sub(r' s="[^"]*"', "", tokens[place])
        tokens[place] = re.sub(r"^<((?:\w+:)?c)", rf'<\1 s="{_value("s", random)}"', bare)


def _fill_cell(tokens: Tokens, random: Random) -> None:
    """Give a cell another value of the dictionary, by the way of its type or against it."""
    if (start := _pick_open(tokens, random, "c")) is None or tokens[start].endswith("/>"):
        return
    place, text = _element(tokens, start), random.choice(TEXTS)
    within = random.choice((
        f"<v>{text}</v>", f"<v>{text}</v>", f"<is><t>{text}</t></is>", f'<v xml:space="preserve">{text}</v>',
        f"<f>1</f><v>{text}</v>", f"<v>{text}</v><f>1</f>", text, f"{text}<v>1</v>", f"<v>1</v>{text}",
        f"<is>{text}<t>1</t></is>", f"<t>{text}</t>", f"<is><r><t>{text}</t></r></is>",
        f"<is><t>{text}</t><r><t>b</t></r></is>", f"<v>{text}</v><v>1</v>", f"<v>1</v><is><t>{text}</t></is>",
        f"<is><t>{text}</t></is><is><t>x</t></is>", f'<is><t xml:space="preserve">{text}</t></is>', f"<v>{text}</v>",
        "",
    ))  # fmt: skip
    tokens[start + 1 : place.stop - 1] = [within]


def _swell(tokens: Tokens, random: Random) -> None:
    """Put in very much of something: levels, elements, attributes, characters, digits, escapes, comments."""
    many = random.choice((2_000, 40_000, 200_000))
    names = [f"a{place}" for place in range(many)]
    swollen = random.choice((
        "<x>" * many + "</x>" * many, "<x>" * many, "<c/>" * many, "<row/>" * many, "<v>1</v>" * many, "<si/>" * many,
        "<x " + " ".join(f'{name}=""' for name in names) + "/>", f'<x a="{"a" * many}"/>', "a" * many, "9" * many,
        "&amp;" * many, "_x0041_" * many, "<!-- -->" * many, " " * many, f"<{'a' * many}/>", f"<v>{'9' * many}</v>",
        "<x " + " ".join(f'xmlns:{name}="u"' for name in names) + "/>", "<t>" * many, '<mergeCell ref="A1:B2"/>' * many,
        "<is>" + "<r><t>a</t></r>" * many + "</is>", '<xf numFmtId="14"/>' * many, f'<dimension ref="{"A" * many}1"/>',
    ))  # fmt: skip
    tokens.insert(random.randrange(len(tokens) + 1), swollen)


def _truncate(tokens: Tokens, random: Random) -> None:
    del tokens[random.randrange(len(tokens) + 1) :]


def _add_behind(tokens: Tokens, random: Random) -> None:
    root = tokens[1:2] if tokens[:1] and tokens[0].startswith("<?") else tokens[:1]
    more = (
        "\n",
        " x",
        "<x/>",
        "\x00",
        "<!-- x -->",
        "<!--",
        "</worksheet>",
        "&",
        "<?x?>",
        "<sheetData/>",
        "".join(root),
        "".join(tokens[1:]),
    )
    tokens.append(random.choice(more))


def _declare(tokens: Tokens, random: Random) -> None:
    new = random.choice((
        "", '<?xml version="1.0"?>', '<?xml version="1.1" encoding="UTF-8"?>', '<?xml version="1.0" encoding="utf8"?>',
        '<?xml version="1.0" encoding="ISO-8859-1"?>', '<?xml version="1.0" encoding="UTF-16"?>',
        "<?xml version='1.0' encoding='UTF-8'?>", '<?xml version="1.0" encoding="x"?>', '<?xml encoding="UTF-8"?>',
        "\n\n", " ", '<?xml version="1.0" standalone="no"?>', "<!-- x -->",
        '<?xml version="1.0" encoding="UTF-8"?><!-- x -->', '<?xml version="1.0" encoding = "GBK"?>',
        '<?xml version="2.0"?>', "<!DOCTYPE worksheet>", '<?xml version="1.0" encoding="UTF-7"?>', "<?x?>", "x",
        "\ufeff", "\ufeff\ufeff", '<?xml version="1.0" encoding="utf-8" ?>\n\n<?x y?>',
    ))  # fmt: skip
    if tokens and tokens[0].startswith("<?"):
        tokens[0] = new
    else:
        tokens.insert(0, new)


def _change_namespace(tokens: Tokens, random: Random) -> None:
    places = [place for place, token in enumerate(tokens) if "xmlns" in token]
    if places:
        place, new = random.choice(places), random.choice(VALUES["xmlns"])
        tokens[place] = re.sub(
            r'(xmlns(?::\w+)?)="[^"]*"',
            lambda found: random.choice(("", f'{found[1]}="{new}"', f"{found[1]}x{found[0][len(found[1]) :]}")),
            tokens[place], count=1,
        )  # fmt: skip


def _prefix_all(tokens: Tokens, random: Random) -> None:
    """Write the main namespace by a prefix throughout, or in some tags only."""
    share = random.choice((1.0, 1.0, 0.5, 0.02))
    for place, token in enumerate(tokens):
        if re.match(r"</?\w+(?=[\s/>])", token) and (share == 1.0 or random.random() < share):
            tokens[place] = re.sub(r"^<(/?)", r"<\1x:", token)
    for place, token in enumerate(tokens):
        if f'xmlns="{MAIN}"' in token:
            both = random.random() < 0.5 or share < 1.0
            kept = f'xmlns="{MAIN}" ' if both else ""
            tokens[place] = token.replace(f'xmlns="{MAIN}"', f'{kept}xmlns:x="{MAIN}"')


CHANGES: Final[dict[str, tuple[Change, int]]] = {
    "drop token": (_drop_token, 4),
    "duplicate token": (_duplicate_token, 3),
    "swap tokens": (_swap_tokens, 3),
    "drop element": (_drop_element, 4),
    "duplicate element": (_duplicate_element, 4),
    "move element": (_move_element, 4),
    "wrap element": (_wrap_element, 2),
    "rename element": (_rename, 5),
    "respell tag": (_respell_tag, 6),
    "open and close": (_open_and_close, 1),
    "change attribute": (_change_attribute, 12),
    "add attribute": (_add_attribute, 6),
    "change text": (_change_text, 8),
    "insert fragment": (_insert, 7),
    "insert in cell": (_insert_in_cell, 10),
    "retype cell": (_retype_cell, 6),
    "restyle cell": (_restyle_cell, 5),
    "fill cell": (_fill_cell, 14),
    "swell": (_swell, 2),
    "truncate XML": (_truncate, 1),
    "add behind": (_add_behind, 2),
    "change declaration": (_declare, 2),
    "change namespace": (_change_namespace, 2),
    "prefix": (_prefix_all, 2),
}
"""Each change with how often it is made among the others."""

_PARTS: Final = (
    ("xl/worksheets/", 60),
    ("xl/sharedStrings", 12),
    ("xl/styles", 9),
    ("xl/workbook", 8),
    (".rels", 7),
    ("", 4),
)


def choose_part(package: Package, random: Random) -> Part:
    """Choose a part to be changed: a sheet more often than any other."""
    wanted = random.choices([place for place, _ in _PARTS], [weight for _, weight in _PARTS])[0]
    return random.choice([part for part in package.parts if wanted in part.spelled] or package.parts)


def change_xml(package: Package, random: Random, change: Change) -> None:
    """Make a change to the XML of some part, in the encoding that the part has."""
    part = choose_part(package, random)
    encoding, mark = ("utf-16-le", b"\xff\xfe") if part.content[:2] == b"\xff\xfe" else ("utf-8", b"")
    tokens = split(part.content.removeprefix(mark).decode(encoding, "surrogateescape" if not mark else "replace"))
    change(tokens, random)
    part.content = mark + "".join(tokens).encode(encoding, "surrogateescape" if not mark else "replace")


def flip_bytes(package: Package, random: Random) -> None:
    """Change some bytes of a part, whatever they stand for."""
    part = choose_part(package, random)
    content = bytearray(part.content)
    for _ in range(random.choice((1, 1, 2, 5))):
        if content:
            content[random.randrange(len(content))] = random.choice(b"<>/\"'&=: \x00\xff\x80019AZaz")
    part.content = bytes(content)


def store_otherwise(package: Package, random: Random) -> None:
    """Store a part in another encoding, with or without a mark, or with blanks above it."""
    part = choose_part(package, random)
    text = part.content.decode("utf-8", "replace")
    bare = re.sub(r"^<\?xml[^>]*\?>", "", text)
    named = text.replace('encoding="UTF-8"', 'encoding="UTF-16"')
    part.content = random.choice((
        b"\xef\xbb\xbf" + part.content, b"\xef\xbb\xbf\xef\xbb\xbf" + part.content, named.encode("utf-16"),
        bare.encode("utf-16-le"), text.encode("utf-16-be"), b"\xfe\xff" + named.encode("utf-16-be"),
        b"\xff\xfe" + named.encode("utf-16-be"), named.encode("utf-8"), bare.encode("utf-32"),
        text.encode("utf-16") + b"x", text.encode("gbk", "replace"), b"\n " + part.content,
        b"\xef\xbb\xbf\n" + part.content, bare.encode("latin-1", "xmlcharrefreplace"), b"", b"\x00" + part.content,
        named.encode("utf-16")[:-1], bare.encode("utf-16").replace(b"\x00<\x00v", b"\x00<\xd8v"),
        text.encode("cp037", "replace"),
    ))  # fmt: skip
