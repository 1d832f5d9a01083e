"""Functions and operators that another role plants, to be run as the loader."""

from support.situations.planting import PLANT
from support.situations.situation import Situation

_SETUP = "GRANT CREATE ON SCHEMA public TO {other};" + PLANT
_VARCHAR = {
    "计划.号": "varchar(20)",
    "计划.名": "varchar(20)",
    "明细.计划": "varchar(20)",
    "明细.名称": "varchar(20)",
}
_PATHS = ("public", "public,pg_catalog", '"$user",public', "public,pg_catalog,pg_temp")

SITUATIONS = (
    *(
        Situation(
            f"everything is planted in public; the path is {path}; {kinds}",
            _SETUP,
            columns=columns,
            sessions=({"options": f"-c search_path={path}"},),
            is_superuser=False,
            is_bare=True,
        )
        for path in _PATHS
        for kinds, columns in (("texts", {}), ("varchars", _VARCHAR))
    ),
    Situation(
        "an equality of an extension's type, and another planted beside it",
        _SETUP,
        before="CREATE SCHEMA ext; GRANT USAGE ON SCHEMA ext TO PUBLIC; CREATE EXTENSION citext SCHEMA ext",
        columns={"计划.号": "ext.citext", "明细.计划": "ext.citext"},
        is_superuser=False,
        needs="SELECT 1 FROM pg_available_extensions WHERE name = 'citext'",
    ),
)
