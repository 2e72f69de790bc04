"""Which of 100,000 traces the samplers keep, worked out from the rules alone: exact fractions, a table-free FNV, no Loupe.

Prints what `decisions.txt` holds: per sampler, how many are kept and the SHA-256 of the decisions, a bit per trace, lowest bit first.
"""

import hashlib
import math
import struct
from fractions import Fraction

MASK = 2**64 - 1


def ids(count):
    state = 1

    def draw():
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    for _ in range(count):
        high = draw()
        yield high.to_bytes(8, "big") + draw().to_bytes(8, "big")


def single(value):
    """Rounded to what a 32-bit float holds."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def by_hash(percentage, seed=0):
    buckets = math.floor(single(single(percentage) * single(163.84)))

    def keeps(trace_id):
        value = 2166136261
        for byte in seed.to_bytes(4, "little") + trace_id:
            value = ((value ^ byte) * 16777619) % 2**32
        return value % 16384 < buckets

    return keeps


def by_randomness(percentage, precision=4):
    # The last 7 bytes against the share that is dropped, rounded to so many digits beyond the leading 0s or fs.
    probability = Fraction(single(percentage) / 100)

    def lead(share):
        # -exponent / 4, where share = mantissa * 2^exponent and the mantissa is in [1/2, 1)
        return int(-math.frexp(float(share))[1] / 4)

    digits = min(14, max(precision + lead(probability), precision + lead(1 - probability)))
    dropped = 2**56 - math.floor(probability * 2**56 + Fraction(1, 2))
    unit = 16 ** (14 - digits)
    threshold = math.floor(Fraction(dropped, unit) + Fraction(1, 2)) * unit
    return lambda trace_id: int.from_bytes(trace_id[9:], "big") >= threshold


SAMPLERS = {
    "hash_seed 10": by_hash(10),
    "hash_seed 10 seed 22": by_hash(10, 22),
    "hash_seed 33.3": by_hash(33.3),
    "hash_seed 0.1": by_hash(0.1),
    "equalizing 10": by_randomness(10),
    "equalizing 33.3 precision 2": by_randomness(33.3, 2),
    "proportional 0.01": by_randomness(0.01),
}


def lines():
    traces = list(ids(100_000))
    for name, keeps in SAMPLERS.items():
        bits = bytearray(len(traces) // 8)
        kept = 0
        for number, trace_id in enumerate(traces):
            if keeps(trace_id):
                bits[number // 8] |= 1 << number % 8
                kept += 1
        yield f"{name}: {kept} {hashlib.sha256(bits).hexdigest()}"


if __name__ == "__main__":
    print("\n".join(lines()))
