#!/bin/bash
# What must be absent, and the shape of the code. Run from the top of the project.
set -u
failed=0
complain() { if [ -n "$2" ]; then printf '%s:\n%s\n' "$1" "$2"; failed=1; fi; }

complain 'Foundation in Sources (it adds 7 to 50 MB)' "$(grep -rnE '^ *(public |internal |@[a-zA-Z]+ )*import Foundation' Sources)"
complain 'libyaml outside Settings/YAML' "$(grep -rlE '\byaml_[a-z]+_?[a-z]*\(' Sources --include='*.swift' | grep -v '^Sources/Settings/YAML/')"
complain 'SQLite outside Store/SQLite' "$(grep -rlE '\bsqlite3_[a-z]+' Sources --include='*.swift' | grep -v '^Sources/Store/SQLite/')"
complain 'RE2 outside Patterns' "$(grep -rlE '\bcre2_[a-z]+' Sources --include='*.swift' | grep -v '^Sources/Patterns/')"
complain 'nghttp2 outside Wire/HTTP2' "$(grep -rlE '\bnghttp2_[a-z]+' Sources --include='*.swift' | grep -v '^Sources/Wire/HTTP2/')"
complain 'Settings read outside of the main program' "$(grep -rlE '^ *(internal |public )?import Settings' Sources | grep -vE '^Sources/(loupe|Ingest/Configuration)/')"
complain 'A failure forced past the compiler' "$(grep -rnE '\btry!|\bas!|\bfatalError\(' Sources --include='*.swift')"
complain 'Unfinished work' "$(grep -rnwE 'TODO|FIXME|XXX|HACK' Sources web deploy Tests 2> /dev/null | grep -v 'EndToEnd/lint.sh')"
complain 'Blanks at the end of a line, or tabs' "$(grep -rnE '[[:blank:]]+$|	' Sources Tests --include='*.swift' --include='*.py' | grep -vE ':.*"[^"]*	' | head -n 20)"
complain 'Swift files of more than 400 lines (say why at the top: "Long because")' \
    "$(find Sources -name '*.swift' -exec awk 'END { if (NR > 400) print FILENAME, NR }' {} \; | while read -r file lines; do head -n 20 "$file" | grep -q 'Long because' || echo "$file $lines"; done)"
complain 'Lines of more than 160 columns' "$(grep -rnE '^.{161,}' Sources --include='*.swift' | cut -c1-80 | head -n 20)"
# Its rules, not its opinion on where lines break.
if swift format --version > /dev/null 2>&1; then
    complain 'swift format' "$(swift format lint --recursive --configuration Tests/EndToEnd/swift-format.json Sources Package.swift 2>&1 \
        | grep -vE '\[(AddLines|RemoveLine|Spacing|Indentation|TrailingComma|EndOfLineComment|LineLength|TrailingWhitespace|SpacingCharacter)\]' | head -n 40)"
fi
[ $failed = 0 ] && echo 'lint: nothing to say'
exit $failed
