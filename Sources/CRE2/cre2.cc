#include "cre2.h"
#include <re2/re2.h>
#include <cstring>
#include <string>
#include <vector>

struct cre2_pattern {
    re2::RE2 re;
};

static re2::RE2::Options options(size_t memory, bool dot_newline) {
    re2::RE2::Options options;                 // UTF-8, Perl's classes, leftmost-first: as Go's regexp
    options.set_dot_nl(dot_newline);
    options.set_log_errors(false);
    options.set_max_mem(static_cast<int64_t>(memory));
    return options;
}

cre2_pattern *cre2_compile(const char *text, size_t count, size_t memory, bool dot_newline) {
    return new cre2_pattern{re2::RE2(re2::StringPiece(text, count), options(memory, dot_newline))};
}

void cre2_free(cre2_pattern *pattern) { delete pattern; }

const char *cre2_error(const cre2_pattern *pattern) { return pattern->re.ok() ? nullptr : pattern->re.error().c_str(); }

int cre2_groups(const cre2_pattern *pattern) { return pattern->re.NumberOfCapturingGroups(); }

const char *cre2_group_name(const cre2_pattern *pattern, int group) {
    const auto &names = pattern->re.CapturingGroupNames();
    const auto found = names.find(group);
    return found == names.end() ? nullptr : found->second.c_str();
}

bool cre2_search(const cre2_pattern *pattern, const char *text, size_t count, size_t from, bool whole, int groups, ptrdiff_t *bounds) {
    std::vector<re2::StringPiece> found(static_cast<size_t>(groups) + 1);
    const char *start = text ? text : "";      // a group that took part has a place, even in an empty text
    const auto anchor = whole ? re2::RE2::ANCHOR_BOTH : re2::RE2::UNANCHORED;
    if (!pattern->re.Match(re2::StringPiece(start, count), from, count, anchor, found.data(), groups + 1)) return false;
    for (int group = 0; group <= groups; group++) {
        const auto &piece = found[static_cast<size_t>(group)];
        bounds[2 * group] = piece.data() ? piece.data() - start : -1;
        bounds[2 * group + 1] = piece.data() ? bounds[2 * group] + static_cast<ptrdiff_t>(piece.size()) : -1;
    }
    return true;
}

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
