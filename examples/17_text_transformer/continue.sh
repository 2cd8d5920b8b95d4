#!/bin/bash
# Goes on with a text, a character after the other, each the one that the trained model finds the most likely.
#   examples/17_text_transformer/continue.sh MODEL "at least 48 characters" [HOW MANY]
set -euo pipefail
model=$1 text=$2 window=48
((${#text} >= window)) || { echo "the text has ${#text} characters, and the model sees $window" >&2; exit 1; }
file=$(mktemp)
trap 'rm -f "$file"' EXIT
for ((i = 0; i < ${3:-60}; ++i)); do
  printf %s "${text: -window}" > "$file"
  # row,step,class,...: the last step's class; a comma stands in quotation marks, and a line's end is \n.
  character=$(treino predict "$model" "$file" | tail -1 | sed -E 's/^[0-9]+,[0-9]+,("([^"]*)"|([^,]*)),.*/\2\3/; s/$/x/')
  text+=$(printf %bx "${character%x}") text=${text%x}
done
printf '%s\n' "$text"
