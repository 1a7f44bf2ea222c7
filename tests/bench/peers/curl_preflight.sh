# The calls of `routecheck run` with curl and jq: `sh curl_preflight.sh BASE_URL KEY SIZE FILE`.
set -eu
json="content-type: application/json"

ask() { # STATUS KEY PATH [BODY]
  status=$(curl -sS --noproxy '*' -o /dev/null -w '%{http_code}' -H "authorization: Bearer $2" -H "$json" ${4:+-d "$4"} "$base$3")
  test "$status" = "$1"
}

base=$1
rest='"prompt":"x","n":0,"size":"'$3'","quality":"low","background":"opaque","output_format":"png"'
ask 200 "$2" /models/gpt-image-2
ask 400 "$2" /images/generations '{"model":"gpt-image-2",'"$rest}"
ask 200 "$2" /me
ask 401 sk-proj-made-up /images/generations '{"model":"gpt-image-2",'"$rest}"
ask 400 "$2" /images/generations '{"model":"no-such-model",'"$rest}"
ask 400 "$2" /images/generations '{"model":"gpt-image-2","no_such_parameter":1,'"$rest}"
exec sh "$(dirname "$0")/curl_image.sh" "$@"
