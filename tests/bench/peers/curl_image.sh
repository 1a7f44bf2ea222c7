# One image with curl and jq: `sh curl_image.sh BASE_URL KEY SIZE FILE`.
set -eu
body='{"model":"gpt-image-2","prompt":"A plain ceramic mug","n":1,"size":"'$3'","quality":"low","background":"opaque","output_format":"png"}'
curl -sS --noproxy '*' --fail -H "authorization: Bearer $2" -H "content-type: application/json" -d "$body" \
  "$1/images/generations" | jq -r '.data[0].b64_json' | base64 -d >"$4"
