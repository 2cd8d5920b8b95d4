#!/bin/sh
# exported_symbols.sh <folder>...: the plugins in these folders export treino_plugin_v<major> and nothing else. Anything more could meet
# another plugin's symbol of that name.
set -eu
looked_at=0
wrong=0
for plugin in $(find "$@" -name '*.so' ! -name 'lib*'); do
  looked_at=$((looked_at + 1))
  others=$(nm -D --defined-only "$plugin" | awk '{ print $3 }' | grep -v '^treino_plugin_v[0-9]*$' || true)
  if [ -n "$others" ]; then
    echo "$plugin exports" $others
    wrong=1
  fi
done
echo "$looked_at libraries"
test "$looked_at" -gt 0 && test "$wrong" -eq 0
