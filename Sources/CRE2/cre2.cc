#include "cre2.h"
#include <re2/re2.h>
#include <cstring>
#include <string>

struct cre2_pattern {
    re2::RE2 re;
};

static re2::RE2::Options options(size_t memory) {
    re2::RE2::Options options;                 // UTF-8, Perl's classes, leftmost-first: as Go's regexp
    options.set_dot_nl(true);
    options.set_log_errors(false);
    options.set_max_mem(static_cast<int64_t>(memory));
    return options;
}

cre2_pattern *cre2_compile(const char *text, size_t count, size_t memory) {
    return new cre2_pattern{re2::RE2(re2::StringPiece(text, count), options(memory))};
}

void cre2_free(cre2_pattern *pattern) { delete pattern; }

const char *cre2_error(const cre2_pattern *pattern) { return pattern->re.ok() ? nullptr : pattern->re.error().c_str(); }

bool cre2_matches(const cre2_pattern *pattern, const char *text, size_t count) {
    return pattern->re.Match(re2::StringPiece(text, count), 0, count, re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

bool cre2_range(const cre2_pattern *pattern, size_t limit, char *lower, size_t *lower_count, char *upper, size_t *upper_count) {
    std::string low, high;
    if (!pattern->re.PossibleMatchRange(&low, &high, static_cast<int>(limit))) return false;
    // The upper bound may come out one byte longer than what was asked for, or need none.
    if (low.size() > limit || high.size() > limit) return false;
    std::memcpy(lower, low.data(), *lower_count = low.size());
    std::memcpy(upper, high.data(), *upper_count = high.size());
    return true;
}
