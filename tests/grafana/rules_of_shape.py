"""What a query must not look like, whatever it returns today."""

import re

# Pattern, and why not. Peaks and unique users may be compared (MAX), never added or averaged.
FORBIDDEN = [
    (r"\b(SUM|AVG)\s*\(\s*(DISTINCT\s+)?(COALESCE\s*\(\s*)?(\w+\.)?(peak_concurrent|unique_users)",
     "peaks and unique users cannot be added or averaged"),
    (r"(peak_concurrent|unique_users)\s*[-+*/]", "peaks and unique users cannot be calculated with"),
    (r"\bAVG\s*\(\s*(\w+\.)?(bandwidth_mbps|bandwidth_bps|watch_time_seconds|total_bytes|sessions_\w+)\s*\)",
     "a mean of the rows there are leaves out the minutes without a row"),
    (r"\bbandwidth_bps\b", "bytes per second by a historical name; graphs use bandwidth_mbps"),
    (r"\bUNIX_TIMESTAMP\s*\(|\bCONVERT_TZ\s*\(|\$__timeGroup|\$__time\b", "depends on the session's time zone"),
    (r"\b(DATE|YEAR|MONTH|HOUR|DATE_FORMAT)\s*\(\s*(\w+\.)?minute\b", "a function of the column misses its index"),
    (r"minute_epoch\s*(BETWEEN|[<>])", "minute_epoch has no index; the condition belongs on minute"),
    (r"GROUP\s+BY\s+[\"']", "groups by a string"),
    (r"(Alias|Group)\([^)]*,\s*(0|previous)\s*\)", "draws numbers where nothing is known"),
    (r"\$__\w+\([^)]*\(", "a macro cannot hold parentheses"),
    (r"'\$\{?(server|channel|country|protocol|device)\b", "values of many are quoted already"),
    (r"=\s*\$\{?(server|channel|country|protocol|device)\b", "many values need IN"),
    (r"--|/\*|#", "comments are removed before macros are looked for"),
    (r";", "one statement only"),
]


def objections(sql):
    return [why for pattern, why in FORBIDDEN if re.search(pattern, sql, re.IGNORECASE)]
