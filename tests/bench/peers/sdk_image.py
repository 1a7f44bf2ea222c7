"""One image with the openai SDK: `sdk_image.py BASE_URL KEY SIZE FILE`."""

import base64
import sys
from pathlib import Path

from openai import OpenAI

base_url, key, size, file = sys.argv[1:]
client = OpenAI(base_url=base_url, api_key=key, max_retries=0)
answer = client.images.generate(
    model="gpt-image-2",
    prompt="A plain ceramic mug",
    n=1,
    size=size,
    quality="low",
    background="opaque",
    output_format="png",
)
Path(file).write_bytes(base64.b64decode(answer.data[0].b64_json))
