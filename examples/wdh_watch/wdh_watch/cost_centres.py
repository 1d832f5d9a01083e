"""Facts of cost centres that are closed, or that the warehouse does not know, are not loaded."""

from wdh import Note, Target, hooks

TEXT = {"type": "string", "minLength": 1}


@hooks.provide_settings
def provide_settings(domain):
    if domain is not None:
        return None
    return {
        "table": {
            "description": "The table of cost centres, a row each.",
            "type": "object",
            "required": ["table"],
            "additionalProperties": False,
            "properties": {"schema": TEXT, "table": TEXT},
        },
        "code": {**TEXT, "description": "Its column with the code.", "default": "代码"},
        "closed": {**TEXT, "description": "Its column that is true for a closed one.", "default": "已关闭"},
        "column": {**TEXT, "description": "The fact column with the cost centre.", "default": "成本中心"},
    }


@hooks.skip_facts
def skip_facts(domain, facts, warehouse, settings):
    if settings is None or "table" not in settings or settings["column"] not in facts.columns:
        return None
    target = Target(settings["table"].get("schema"), settings["table"]["table"])
    if warehouse is None:
        return Note("cost_centres_not_asked", f"{target.sql} will be asked at --execute.", {})
    rows = warehouse.rows(target, [settings["code"], settings["closed"]])
    open_codes = {code for code, is_closed in rows if not is_closed}
    used = {code for code in facts.distinct_values(settings["column"]) if code is not None}
    if not used - open_codes:
        return None
    known = {code for code, _ in rows}
    named = [f"{code} ({'closed' if code in known else 'not known'})" for code in sorted(used - open_codes)]
    return f"cost centres of {domain} that take no facts: {', '.join(named)}"
