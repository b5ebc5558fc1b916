// What can be written in PromQL: functions and aggregations with signature and help, and the words of the language. A test
// compares the names with those that the server knows.

/** @typedef {'vector' | 'range' | 'scalar' | 'string'} ParameterType */

/**
 * @typedef {object} Parameter
 * @property {string} name
 * @property {ParameterType} type
 * @property {boolean} isOptional
 * @property {boolean} isRepeated any number of them
 */

/**
 * @typedef {object} PromqlFunction
 * @property {string} name
 * @property {string} signature as people read it
 * @property {string} help one line
 * @property {Parameter[]} parameters
 */

// name(parameters): help. A vector is `v`, a range vector `r`, a text is in quotes; "?" may be left out, "…" may be repeated.
const FUNCTION_LINES = `
abs(v): Without the sign
absent(v): 1 where there is no series, else nothing
absent_over_time(r): 1 where there was no sample in the window, else nothing
acos(v): Arc cosine, in radians
acosh(v): Inverse hyperbolic cosine
asin(v): Arc sine, in radians
asinh(v): Inverse hyperbolic sine
atan(v): Arc tangent, in radians
atanh(v): Inverse hyperbolic tangent
avg_over_time(r): Mean of the samples in the window
ceil(v): Rounded up
changes(r): How often the value changed in the window
clamp(v, min, max): Not less than min, not more than max
clamp_max(v, max): Not more than max
clamp_min(v, min): Not less than min
cos(v): Cosine of radians
cosh(v): Hyperbolic cosine
count_over_time(r): Number of samples in the window
day_of_month(v?): Day of the month in UTC, 1 to 31, of a time in seconds
day_of_week(v?): Day of the week in UTC, 0 (Sunday) to 6, of a time in seconds
day_of_year(v?): Day of the year in UTC, 1 to 366, of a time in seconds
days_in_month(v?): Number of days of the month in UTC, of a time in seconds
deg(v): From radians to degrees
delta(r): Difference between the ends of the window, of a gauge
deriv(r): Slope in a second, of a gauge
double_exponential_smoothing(r, smoothing, trend): Smoothed value of a gauge
exp(v): e to the power of the value
first_over_time(r): Oldest sample in the window
floor(v): Rounded down
histogram_avg(v): Of native histograms, which are not stored
histogram_count(v): Of native histograms, which are not stored
histogram_fraction(lower, upper, v): Of native histograms, which are not stored
histogram_quantile(quantile, v): Quantile of a histogram, from its buckets (label le)
histogram_stddev(v): Of native histograms, which are not stored
histogram_stdvar(v): Of native histograms, which are not stored
histogram_sum(v): Of native histograms, which are not stored
holt_winters(r, smoothing, trend): Smoothed value of a gauge
hour(v?): Hour in UTC, 0 to 23, of a time in seconds
idelta(r): Difference between the last two samples, of a gauge
increase(r): Growth of a counter in the window
irate(r): Growth of a counter in a second, between the last two samples
label_join(v, "label", "separator", "source"…): Sets a label to the values of others, joined
label_replace(v, "label", "replacement", "source", "regex"): Sets a label to a part of another
last_over_time(r): Newest sample in the window
ln(v): Natural logarithm
log10(v): Logarithm to base 10
log2(v): Logarithm to base 2
mad_over_time(r): Median absolute deviation in the window
max_over_time(r): Largest sample in the window
min_over_time(r): Smallest sample in the window
minute(v?): Minute of the hour in UTC, 0 to 59, of a time in seconds
month(v?): Month in UTC, 1 to 12, of a time in seconds
pi(): 3.14159…
predict_linear(r, seconds): Value in so many seconds, if the window's slope goes on
present_over_time(r): 1 where there was a sample in the window
quantile_over_time(quantile, r): Quantile of the samples in the window; 0.95 for p95
rad(v): From degrees to radians
rate(r): Growth of a counter in a second, as a mean over the window
resets(r): How often a counter started anew in the window
round(v, multiple?): Rounded to the nearest multiple of a number, 1 when left out
scalar(v): The value of the only series, as a number without labels
sgn(v): 1, 0 or -1, by the sign
sin(v): Sine of radians
sinh(v): Hyperbolic sine
sort(v): Ordered by value, smallest first
sort_by_label(v, "label"…): Ordered by labels
sort_by_label_desc(v, "label"…): Ordered by labels, last first
sort_desc(v): Ordered by value, largest first
sqrt(v): Square root
stddev_over_time(r): Standard deviation in the window
stdvar_over_time(r): Variance in the window
sum_over_time(r): Sum of the samples in the window
tan(v): Tangent of radians
tanh(v): Hyperbolic tangent
time(): Time of the step, in seconds since 1970
timestamp(v): Times of the samples, in seconds since 1970
ts_of_first_over_time(r): Time of the oldest sample in the window
ts_of_last_over_time(r): Time of the newest sample in the window
ts_of_max_over_time(r): Time of the largest sample in the window
ts_of_min_over_time(r): Time of the smallest sample in the window
vector(number): A number as a series without labels
year(v?): Year in UTC, of a time in seconds
`;

const AGGREGATION_LINES = `
avg(v): Mean of the series
bottomk(number, v): The series with the smallest values
count(v): Number of series
count_values("label", v): Number of series with each value
group(v): 1 for each group
limitk(number, v): Some of the series, always the same
limit_ratio(ratio, v): A share of the series, always the same
max(v): Largest of the series
min(v): Smallest of the series
quantile(quantile, v): Quantile over the series; 0.95 for p95
stddev(v): Standard deviation over the series
stdvar(v): Variance over the series
sum(v): Sum of the series
topk(number, v): The series with the largest values
`;

/** Words with a meaning of their own, in lower case; they are read in any case. */
export const KEYWORDS = new Map([
  ['and', 'Series that are on both sides'],
  ['or', 'Series of the left side, and what the right side has beside them'],
  ['unless', 'Series of the left side that the right side has not'],
  ['atan2', 'Angle of two values'],
  ['by', 'One group for each value of these labels'],
  ['without', 'One group for each value of all labels but these'],
  ['on', 'Sides are matched by these labels'],
  ['ignoring', 'Sides are matched by all labels but these'],
  ['group_left', 'Many series of the left side go with one of the right'],
  ['group_right', 'Many series of the right side go with one of the left'],
  ['offset', 'As it was so long ago'],
  ['bool', 'A comparison that gives 0 or 1'],
]);

/** Those before a list of labels. */
export const LABEL_LISTS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);

/** @param {string} text @returns {Parameter} */
function parameterOf(text) {
  const name = text.replace(/["?…]/g, '');
  const type = name === 'v' ? 'vector' : name === 'r' ? 'range' : text.startsWith('"') ? 'string' : 'scalar';
  return { name, type, isOptional: text.includes('?'), isRepeated: text.includes('…') };
}

/** @param {string} lines @returns {Map<string, PromqlFunction>} */
function read(lines) {
  return new Map(lines.trim().split('\n').map((line) => {
    const [, name = '', list = '', help = ''] = /^(\w+)\((.*?)\): (.*)$/.exec(line) ?? [];
    const texts = list === '' ? [] : list.split(', ');
    const shown = texts.map((text) => (text === 'v' ? 'series' : text === 'v?' ? 'series?' : text === 'r' ? 'series[window]' : text));
    return [name, { name, signature: `${name}(${shown.join(', ')})`, help, parameters: texts.map(parameterOf) }];
  }));
}

export const FUNCTIONS = read(FUNCTION_LINES);
export const AGGREGATIONS = read(AGGREGATION_LINES);
