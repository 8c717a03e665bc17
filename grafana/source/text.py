"""Objects as the text of files: JSON for dashboards, YAML for rules."""

import json


def json_text(value):
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def yaml_text(value, head):
    return "".join(f"# {line}\n" for line in head) + "\n".join(yaml_lines(value)) + "\n"


def yaml_lines(value):
    """Blocks of maps and lists; a scalar is written as in JSON, which YAML reads as the same."""
    made = []
    if isinstance(value, dict):
        for key, inner in value.items():
            made += [f"{key}: {scalar(inner)}"] if is_flat(inner) else [f"{key}:", *indented(yaml_lines(inner))]
    else:
        for inner in value:
            first, *rest = [scalar(inner)] if is_flat(inner) else yaml_lines(inner)
            made += [f"- {first}", *indented(rest)]
    return made


def is_flat(value):
    return not isinstance(value, (dict, list)) or not value or all(isinstance(each, (int, float)) for each in value)


def scalar(value):
    return json.dumps(value, ensure_ascii=False)


def indented(text_lines):
    return ["  " + line for line in text_lines]
