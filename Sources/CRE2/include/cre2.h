// RE2 (C++) as C: compiling a pattern, matching whole texts against it, and what its groups took.
#pragma once
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_pattern cre2_pattern;

// Compiles a pattern that has to match a text from end to end, case matters, dot takes newlines too. `memory` bounds
// what the compiled pattern and its automata may take, in bytes. Never null; ask `cre2_error` before matching.
cre2_pattern *cre2_compile(const char *text, size_t count, size_t memory);

void cre2_free(cre2_pattern *pattern);

// Why the pattern is none, or null when it is one. Lives as long as the pattern.
const char *cre2_error(const cre2_pattern *pattern);

// Any number of threads may ask the same pattern at once.
bool cre2_matches(const cre2_pattern *pattern, const char *text, size_t count);

// How many groups a pattern has, without the whole.
size_t cre2_groups(const cre2_pattern *pattern);

// The number of the group `name`, or 0 when there is none.
size_t cre2_group(const cre2_pattern *pattern, const char *name, size_t count);

// As `cre2_matches`; then says of the first `limit` groups, the whole being the first, where each begins and ends in `text`.
// Both are -1 for a group that took no part.
bool cre2_capture(const cre2_pattern *pattern, const char *text, size_t count, size_t limit, ptrdiff_t *begins, ptrdiff_t *ends);

// Writes into `lower` and `upper`, which have room for `limit` bytes each, a range that every matching text lies in;
// bytes compare as unsigned. False when no such range is known.
bool cre2_range(const cre2_pattern *pattern, size_t limit, char *lower, size_t *lower_count, char *upper, size_t *upper_count);

#ifdef __cplusplus
}
#endif
