#include "cre2.h"
#include <re2/re2.h>
#include <cstring>
#include <string>
#include <vector>

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

size_t cre2_groups(const cre2_pattern *pattern) { return static_cast<size_t>(pattern->re.NumberOfCapturingGroups()); }

size_t cre2_group(const cre2_pattern *pattern, const char *name, size_t count) {
    const auto &groups = pattern->re.NamedCapturingGroups();
    auto found = groups.find(std::string(name, count));
    return found == groups.end() ? 0 : static_cast<size_t>(found->second);
}

bool cre2_capture(const cre2_pattern *pattern, const char *text, size_t count, size_t limit, ptrdiff_t *begins, ptrdiff_t *ends) {
    if (text == nullptr) text = "";            // a group that took part has a place, even in an empty text
    std::vector<re2::StringPiece> groups(limit);
    if (!pattern->re.Match(re2::StringPiece(text, count), 0, count, re2::RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(limit)))
        return false;
    for (size_t index = 0; index < limit; index++) {
        bool took = groups[index].data() != nullptr;
        begins[index] = took ? groups[index].data() - text : -1;
        ends[index] = took ? begins[index] + static_cast<ptrdiff_t>(groups[index].size()) : -1;
    }
    return true;
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
