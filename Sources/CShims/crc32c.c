// CRC-32C as iSCSI defines it (RFC 3720, appendix B.4): polynomial 0x1EDC6F41, reflected, initial value and final xor all ones.
#include "shims.h"
#include <string.h>

static uint32_t table[8][256];

__attribute__((constructor(101))) static void build_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1)));
        table[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int slice = 1; slice < 8; slice++)
            table[slice][byte] = (table[slice - 1][byte] >> 8) ^ table[0][table[slice - 1][byte] & 0xff];
}

// Eight bytes a step by table ("slicing by 8", Kounavis and Berry 2005). Little-endian hosts only, as is all of Loupe.
static uint32_t by_table(uint32_t crc, const uint8_t *bytes, size_t count) {
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        word ^= crc;
        crc = table[7][word & 0xff] ^ table[6][(word >> 8) & 0xff] ^ table[5][(word >> 16) & 0xff]
            ^ table[4][(word >> 24) & 0xff] ^ table[3][(word >> 32) & 0xff] ^ table[2][(word >> 40) & 0xff]
            ^ table[1][(word >> 48) & 0xff] ^ table[0][word >> 56];
        bytes += 8;
        count -= 8;
    }
    while (count--) crc = (crc >> 8) ^ table[0][(crc ^ *bytes++) & 0xff];
    return crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

// The instruction takes three cycles but a new one can begin in each: so three runs of `lane` bytes go side by side, and the
// two first are moved behind zeros as long as what follows them (Gopal et al., "Fast CRC computation for iSCSI polynomial using
// CRC32 instruction", 2011). Moving is linear, so it is four look-ups, one for each byte of the sum.
enum { lane = 4096 };
static uint32_t behind_lane[4][256];

static uint32_t zeros_after(uint32_t crc, size_t count) {
    while (count--) crc = (crc >> 8) ^ table[0][crc & 0xff];
    return crc;
}

__attribute__((constructor(102))) static void build_lanes(void) {
    uint32_t moved[32];
    for (int bit = 0; bit < 32; bit++) moved[bit] = zeros_after(1u << bit, lane);
    for (int place = 0; place < 4; place++)
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t sum = 0;
            for (int bit = 0; bit < 8; bit++)
                if (byte >> bit & 1) sum ^= moved[place * 8 + bit];
            behind_lane[place][byte] = sum;
        }
}

static uint32_t move_behind_lane(uint32_t crc) {
    return behind_lane[0][crc & 0xff] ^ behind_lane[1][crc >> 8 & 0xff] ^ behind_lane[2][crc >> 16 & 0xff] ^ behind_lane[3][crc >> 24];
}

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t count) {
    while (count >= 3 * lane) {
        uint64_t first = crc, second = 0, third = 0;
        for (size_t at = 0; at < lane; at += 8) {
            uint64_t a, b, c;
            memcpy(&a, bytes + at, 8);
            memcpy(&b, bytes + lane + at, 8);
            memcpy(&c, bytes + 2 * lane + at, 8);
            first = _mm_crc32_u64(first, a);
            second = _mm_crc32_u64(second, b);
            third = _mm_crc32_u64(third, c);
        }
        crc = move_behind_lane(move_behind_lane((uint32_t)first) ^ (uint32_t)second) ^ (uint32_t)third;
        bytes += 3 * lane;
        count -= 3 * lane;
    }
    uint64_t wide = crc;
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        wide = _mm_crc32_u64(wide, word);
        bytes += 8;
        count -= 8;
    }
    crc = (uint32_t)wide;
    while (count--) crc = _mm_crc32_u8(crc, *bytes++);
    return crc;
}

static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t count) {
    while (count >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        crc = __crc32cd(crc, word);
        bytes += 8;
        count -= 8;
    }
    while (count--) crc = __crc32cb(crc, *bytes++);
    return crc;
}

static int has_instruction(void) { return 1; }
#else
static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t count) { return by_table(crc, bytes, count); }
static int has_instruction(void) { return 0; }
#endif

uint32_t shims_crc32c(uint32_t crc, const void *bytes, size_t count) {
    crc = ~crc;
    crc = has_instruction() ? by_instruction(crc, bytes, count) : by_table(crc, bytes, count);
    return ~crc;
}
