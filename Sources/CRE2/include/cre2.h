// RE2 (C++) as C: compiling a pattern, matching whole texts against it, finding it in texts.
#pragma once
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_pattern cre2_pattern;

// Compiles a pattern; case matters, `dot_newline` says whether a dot takes newlines too. `memory` bounds what the
// compiled pattern and its automata may take, in bytes. Never null; ask `cre2_error` before matching.
cre2_pattern *cre2_compile(const char *text, size_t count, size_t memory, bool dot_newline);

void cre2_free(cre2_pattern *pattern);

// Why the pattern is none, or null when it is one. Lives as long as the pattern.
const char *cre2_error(const cre2_pattern *pattern);

// How many groups the pattern has, the whole match not counted; -1 for a pattern that is none.
int cre2_groups(const cre2_pattern *pattern);

// The name of group `group`, counted from 1; null when it has none. Lives as long as the pattern.
const char *cre2_group_name(const cre2_pattern *pattern, int group);

// Finds the first match at or after `from`, or, when `whole`, one from there to the end of the text. `bounds` gets begin and end of
// the match and then of each group, two numbers each for `groups` + 1 of them; -1 for a group that took no part.
bool cre2_search(const cre2_pattern *pattern, const char *text, size_t count, size_t from, bool whole, int groups, ptrdiff_t *bounds);

// Whether a text matches from end to end. Any number of threads may ask the same pattern at once.
bool cre2_matches(const cre2_pattern *pattern, const char *text, size_t count);

// Writes into `lower` and `upper`, which have room for `limit` bytes each, a range that every matching text lies in;
// bytes compare as unsigned. False when no such range is known.
bool cre2_range(const cre2_pattern *pattern, size_t limit, char *lower, size_t *lower_count, char *upper, size_t *upper_count);

#ifdef __cplusplus
}
#endif
