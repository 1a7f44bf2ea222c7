"""The calls of `routecheck run` with the openai SDK: `sdk_preflight.py BASE_URL KEY SIZE FILE`."""

import base64
import sys
from pathlib import Path

import openai

base_url, key, size, file = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key=key, max_retries=0)
asked = {
    "model": "gpt-image-2",
    "prompt": "A plain ceramic mug",
    "n": 1,
    "size": size,
    "quality": "low",
    "background": "opaque",
    "output_format": "png",
}


def refused(who, expected, **changes):
    """Ask for no image at all, in one more way that has to be refused."""
    try:
        who.images.generate(**(asked | {"prompt": "x", "n": 0} | changes))
    except expected:
        return
    raise SystemExit("this had to be refused")


assert client.models.retrieve("gpt-image-2").id == "gpt-image-2"
refused(client, openai.BadRequestError)
client.get("/me", cast_to=object)
refused(client.with_options(api_key="sk-proj-made-up"), openai.AuthenticationError)
refused(client, openai.BadRequestError, model="no-such-model")
refused(client, openai.BadRequestError, extra_body={"no_such_parameter": 1})
answer = client.images.generate(**asked)
Path(file).write_bytes(base64.b64decode(answer.data[0].b64_json))
