"""What the services of the outside world answer: each a real image, in its own words."""

import base64
import io
import json
from collections.abc import Callable

from PIL import Image


def tiny_image() -> str:
    """A real PNG of 8 by 8 pixels, in base64."""
    written = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 30, 30)).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


IMAGE = tiny_image()


def reply(host: str, path: str, failing: bool) -> tuple[int, str, bytes]:
    """Status, content type and body."""
    if failing:
        error = {"error": {"message": "The made-up server had an error", "type": "server_error"}}
        return 500, "application/json", json.dumps(error).encode()
    answers: dict[str, Callable[[], object]] = {
        "/images/generations": _openai,
        "/images/edits": _openai,
        "/api/v1/images": _openai,
        "/chat/completions": _chat,
        "/image_generation": _minimax,
        ":generateContent": _google,
    }
    if path.endswith("/codex/responses"):
        return 200, "text/event-stream", _events()
    for end, answer in answers.items():
        if path.endswith(end):
            return 200, "application/json", json.dumps(answer()).encode()
    status, said = (400, "invalid_grant") if host == "auth.openai.com" else (404, "not_found")
    return status, "application/json", json.dumps({"error": said}).encode()


def _openai() -> object:
    return {"created": 1, "data": [{"b64_json": IMAGE}]}


def _chat() -> object:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IMAGE}"}}
    return {"choices": [{"message": {"role": "assistant", "content": "", "images": [image]}}]}


def _minimax() -> object:
    return {"data": {"image_base64": [IMAGE]}, "base_resp": {"status_code": 0, "status_msg": "success"}}


def _google() -> object:
    part = {"inlineData": {"mimeType": "image/png", "data": IMAGE}}
    return {"candidates": [{"content": {"role": "model", "parts": [part]}}]}


def _events() -> bytes:
    item = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": IMAGE}
    events = [
        {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": [item]}},
    ]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()
