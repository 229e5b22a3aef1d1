"""Damage a file the way that drives, cut-off copies and attackers do: the same seed gives the same damage."""

from __future__ import annotations

import random

_NUMBERS = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"\0\0\0\1",
    b"\0" * 8,
    b"\xff" * 8,
)
_WORDS = (
    b"Exif\0\0",
    b"II*\0",
    b"MM\0*",
    b"8BIM",
    b"http://ns.adobe.com/xap/1.0/\0",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"meta",
    b"uuid",
    b"LIST",
    b"\xff\xe1",
    b"zTXt",
    b"\xc3\x28",
    b"0000:00:00 00:00:00",
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """`data` with one to eight places damaged; places near the start, where the structure is, more often."""
    result = bytearray(data)
    for _ in range(1 + int(chance.expovariate(0.5)) % 8):
        if not result:
            break
        at = min(int(chance.random() ** 2 * len(result)), len(result) - 1)
        length = min(1 + int(chance.expovariate(0.05)), len(result) - at)
        kind = chance.randrange(8)
        if kind == 0:
            result[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            number = chance.choice(_NUMBERS)
            result[at : at + len(number)] = number
        elif kind == 2:
            result[at] = chance.randrange(256)
        elif kind == 3:
            del result[at : at + length]
        elif kind == 4:
            result[at:at] = result[at : at + length] * chance.choice((1, 2, 50))
        elif kind == 5:
            result[at : at + length] = chance.randbytes(length)
        elif kind == 6:
            word = chance.choice(_WORDS)
            result[at : at + len(word)] = word
        elif chance.random() < 0.3:
            del result[at:]
        else:
            other = chance.randrange(len(result))
            result[at : at + length] = result[other : other + length]
    return bytes(result)
