"""What a statement of a user may call, cast to and operate with: lists of names, read by `sql_syntax`. Pure.

What is not named is refused. Left out on purpose: everything that touches files, settings, variables, sequences or the
catalogue; that runs text as SQL; that sleeps or is random; and what makes much out of little in one step (repeat,
format, range as a list, lambdas), since DuckDB counts no such text against its memory limit and cannot be interrupted
inside a step.
"""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ARITHMETIC: Final = _words("""
    + - * / // % ** ^ & | << >> @ abs add subtract multiply divide fdiv fmod mod ceil ceiling floor round round_even
    trunc even sign signbit sqrt cbrt exp ln log log2 log10 pow power pi degrees radians sin cos tan cot asin acos atan
    atan2 sinh cosh tanh asinh acosh atanh greatest least gcd lcm isnan isinf isfinite xor bit_count nextafter
""")
_TEXT: Final = _words("""
    || concat concat_ws lower upper lcase ucase length len char_length character_length strlen octet_length trim ltrim
    rtrim left right substring substr position strpos instr contains starts_with ends_with prefix suffix ^@ split_part
    string_split str_split split string_split_regex str_split_regex regexp_split_to_array regexp_matches
    regexp_full_match regexp_extract regexp_extract_all regexp_replace replace translate reverse lpad rpad ascii
    chr ord unicode md5 sha256 hash ~ ~~ !~~ ~~* !~~* ~~~ like_escape not_like_escape ilike_escape not_ilike_escape
    levenshtein jaccard jaro_similarity jaro_winkler_similarity hamming format_bytes
""")
_TIME: Final = _words("""
    now get_current_timestamp today current_date current_localtimestamp age date_add date_sub date_diff datediff
    datesub date_part datepart date_trunc datetrunc time_bucket epoch epoch_ms epoch_us epoch_ns make_date make_time
    make_timestamp make_timestamp_ms to_timestamp strftime strptime try_strptime year month day hour minute second
    millisecond microsecond quarter week weekday weekofyear yearweek dayofweek dayofmonth dayofyear isodow isoyear
    dayname monthname last_day days_in_month century decade julian to_years to_months to_weeks to_days to_hours
    to_minutes to_seconds to_milliseconds to_microseconds to_quarters to_decades to_centuries to_millennia
""")
_NESTED: Final = _words("""
    -> ->> json json_extract json_extract_string json_extract_path json_extract_path_text json_value json_keys
    json_array_length json_type json_valid json_contains json_exists list_value row struct_pack struct_extract map
    map_keys map_values map_extract element_at cardinality list_contains list_has list_position list_sort
    list_reverse_sort list_distinct list_unique list_sum list_avg list_min list_max list_count list_median
    list_extract list_element array_extract array_length list_slice array_slice list_concat list_cat array_to_string
    list_zip flatten unnest @> <@ &&
""")
_CHOICE: Final = _words("if ifnull nullif coalesce typeof switch")
_AGGREGATES: Final = _words("""
    any_value approx_count_distinct approx_quantile arbitrary arg_max arg_min argmax argmin max_by min_by array_agg
    avg mean bit_and bit_or bit_xor bool_and bool_or corr count count_star count_if countif covar_pop covar_samp entropy
    favg first fsum geomean geometric_mean group_concat histogram kahan_sum kurtosis kurtosis_pop last list
    listagg mad max median min mode product quantile quantile_cont quantile_disc regr_avgx regr_avgy regr_count
    regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy sem skewness stddev stddev_pop stddev_samp string_agg
    sum sumkahan var_pop var_samp variance weighted_avg wavg
""")
_WINDOW: Final = _words("""
    row_number rank dense_rank rank_dense percent_rank cume_dist ntile lag lead first_value last_value nth_value fill
""")

FUNCTIONS: Final = _ARITHMETIC | _TEXT | _TIME | _NESTED | _CHOICE | _AGGREGATES | _WINDOW

TABLE_FUNCTIONS: Final = _words("range generate_series unnest")

OPERATORS: Final = frozenset(
    {
        "ARRAY_EXTRACT", "ARRAY_SLICE", "ARRAY_CONSTRUCTOR", "STRUCT_EXTRACT", "COMPARE_IN", "COMPARE_NOT_IN",
        "GROUPING_FUNCTION", "OPERATOR_COALESCE", "OPERATOR_NULLIF", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL",
        "OPERATOR_NOT", "OPERATOR_TRY",
    }
)  # fmt: skip

TYPES: Final = _words("""
    bool boolean logical tinyint int1 smallint int2 short integer int int4 signed bigint int8 long hugeint int128
    utinyint usmallint uinteger ubigint uhugeint float float4 real double float8
    decimal numeric dec varchar text string char
    bpchar date time timestamp datetime timestamp_s timestamp_ms timestamp_us timestamp_ns interval json list array
""")
TEXT_TYPES: Final = _words("varchar text string char bpchar json")

# Columns of these names, when there is no such column, are functions to DuckDB.
HIDDEN_FUNCTIONS: Final = _words("""
    current_user user session_user current_role current_catalog current_schema current_database current_time
    localtime transaction_timestamp
""")

# ---- how much longer a text can become, see `sql_syntax`

JOINING: Final = _words(
    "|| concat concat_ws list_value row struct_pack map list_concat list_cat list_zip array_to_string"
)
"""As long as all their arguments together; others are as long as the longest."""
SPLITTING: Final = _words("""
    string_split str_split split string_split_regex str_split_regex regexp_split_to_array regexp_extract_all
""")
SPLIT_GROWTH: Final = 16
"""Bytes for each part, which may be of one character."""
REPLACING: Final = {"replace": 2, "regexp_replace": 2}
"""Function -> position of the replacement, which must be a short text."""
PADDING: Final = {"lpad": 1, "rpad": 1}
FORMATTING: Final = {"strftime": 1}
FORMAT_GROWTH: Final = 16
"""Characters for each of a format."""
