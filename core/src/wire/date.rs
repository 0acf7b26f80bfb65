//! HTTP dates (RFC 9110 5.6.7): one format written, three read.
//!
//! Dates before 1970 or after 9999 do not exist here. The day of the week is read but not
//! checked against the date. The two-digit years of RFC 850 are read with a fixed pivot (70 and
//! up is 19xx), because the core has no clock to tell "more than 50 years in the future".

use super::token::decimal;
use alloc::format;
use alloc::string::String;

use crate::time::Timestamp;

const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
/// 9999-12-31T23:59:59Z, the last date with four digits for its year.
const LAST: u64 = 253_402_300_799;
const DAY: u64 = 24 * 60 * 60;

/// Writes `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn imf_fixdate(at: Timestamp) -> [u8; 29] {
    let (days, second) = (at.0.min(LAST) / DAY, at.0.min(LAST) % DAY);
    let (year, month, day) = civil_date(days);
    let mut out = *b"Sun, 06 Nov 1994 08:49:37 GMT";
    out[..3].copy_from_slice(short_name(&DAYS, (days + 4) % 7));
    put_number(&mut out[5..7], day);
    out[8..11].copy_from_slice(short_name(&MONTHS, month - 1));
    put_number(&mut out[12..16], year);
    put_number(&mut out[17..19], second / 3600);
    put_number(&mut out[20..22], second / 60 % 60);
    put_number(&mut out[23..25], second % 60);
    out
}

/// Writes `1994-11-06T08:49:37Z` (RFC 3339), for logs.
pub fn rfc3339(at: Timestamp) -> String {
    let (days, second) = (at.0.min(LAST) / DAY, at.0.min(LAST) % DAY);
    let (year, month, day) = civil_date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Reads an IMF-fixdate, an RFC 850 date or an asctime date.
pub fn parse(value: &[u8]) -> Option<Timestamp> {
    parse_imf(value)
        .or_else(|| parse_rfc850(value))
        .or_else(|| parse_asctime(value))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn parse_imf(value: &[u8]) -> Option<Timestamp> {
    let date = after_day(value, 3)?.strip_prefix(b", ")?;
    let ([d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' '], time) =
        date.split_first_chunk()?
    else {
        return None;
    };
    let days = days_since_epoch(
        decimal(&[*y1, *y2, *y3, *y4])?,
        month_number(&[*m1, *m2, *m3])?,
        decimal(&[*d1, *d2])?,
    )?;
    at(days, seconds_of_day(time.strip_suffix(b" GMT")?)?)
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
fn parse_rfc850(value: &[u8]) -> Option<Timestamp> {
    let comma = value.iter().position(|&byte| byte == b',')?;
    let date = after_day(value, comma)?.strip_prefix(b", ")?;
    let ([d1, d2, b'-', m1, m2, m3, b'-', y1, y2, b' '], time) = date.split_first_chunk()? else {
        return None;
    };
    let year = match decimal(&[*y1, *y2])? {
        short @ 70.. => 1900 + short,
        short => 2000 + short,
    };
    let days = days_since_epoch(year, month_number(&[*m1, *m2, *m3])?, decimal(&[*d1, *d2])?)?;
    at(days, seconds_of_day(time.strip_suffix(b" GMT")?)?)
}

/// `Sun Nov  6 08:49:37 1994`
fn parse_asctime(value: &[u8]) -> Option<Timestamp> {
    let date = after_day(value, 3)?;
    let ([b' ', m1, m2, m3, b' ', d1, d2, b' '], rest) = date.split_first_chunk()? else {
        return None;
    };
    let (time, year) = rest.split_at_checked(8)?;
    let ([b' '], year @ [_, _, _, _]) = year.split_first_chunk()? else {
        return None;
    };
    let day = match (d1, d2) {
        (b' ', d2) => decimal(&[*d2])?,
        (d1, d2) => decimal(&[*d1, *d2])?,
    };
    let days = days_since_epoch(decimal(year)?, month_number(&[*m1, *m2, *m3])?, day)?;
    at(days, seconds_of_day(time)?)
}

/// What follows a day name of `length` letters: three of them, or all.
fn after_day(value: &[u8], length: usize) -> Option<&[u8]> {
    let (name, rest) = value.split_at_checked(length)?;
    let known = |day: &&str| name == day.as_bytes() || name == &day.as_bytes()[..3];
    DAYS.iter().any(known).then_some(rest)
}

fn month_number(name: &[u8]) -> Option<u64> {
    let months = (1..).zip(MONTHS);
    months
        .into_iter()
        .find_map(|(number, month)| (month.as_bytes() == name).then_some(number))
}

/// `08:49:37`; second 60 is a leap second (RFC 9110 5.6.7) and counts as the next minute.
fn seconds_of_day(time: &[u8]) -> Option<u64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = time else {
        return None;
    };
    let (hour, minute) = (decimal(&[*h1, *h2])?, decimal(&[*m1, *m2])?);
    let second = decimal(&[*s1, *s2])?;
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

fn at(days: u64, second: u64) -> Option<Timestamp> {
    Some(Timestamp(days.checked_mul(DAY)?.checked_add(second)?))
}

/// Days from 1970-01-01, by counting years from March so that the leap day comes last.
fn days_since_epoch(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 || day == 0 || day > days_of_month(year, month) {
        return None;
    }
    let year = year - u64::from(month <= 2);
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

const fn days_of_month(year: u64, month: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The inverse of [`days_since_epoch`]: year, month, day.
const fn civil_date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

fn short_name<'n>(names: &[&'n str], index: u64) -> &'n [u8] {
    let name = usize::try_from(index)
        .ok()
        .and_then(|index| names.get(index));
    &name
        .expect("days are counted mod 7, months from 1 to 12")
        .as_bytes()[..3]
}

fn put_number(out: &mut [u8], mut number: u64) {
    for slot in out.iter_mut().rev() {
        *slot = u8::try_from(number % 10).map_or(b'0', |digit| b'0' + digit);
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_time_is_rfc3339_in_utc() {
        assert_eq!(rfc3339(Timestamp(1_709_210_096)), "2024-02-29T12:34:56Z");
        assert_eq!(rfc3339(Timestamp(0)), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn known_moments_are_written() {
        let table: [(u64, &[u8; 29]); 6] = [
            (0, b"Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, b"Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, b"Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_740_787_199, b"Fri, 28 Feb 2025 23:59:59 GMT"),
            (4_107_542_400, b"Mon, 01 Mar 2100 00:00:00 GMT"),
            (LAST, b"Fri, 31 Dec 9999 23:59:59 GMT"),
        ];
        for (seconds, text) in table {
            assert_eq!(&imf_fixdate(Timestamp(seconds)), text);
            assert_eq!(parse(text), Some(Timestamp(seconds)));
        }
    }

    #[test]
    fn moment_past_the_year_9999_is_clamped() {
        assert_eq!(
            imf_fixdate(Timestamp(u64::MAX)),
            imf_fixdate(Timestamp(LAST))
        );
    }

    #[test]
    fn written_dates_read_back_over_four_centuries() {
        for step in 0..20_000 {
            let at = Timestamp(step * 777_777);
            assert_eq!(parse(&imf_fixdate(at)), Some(at));
        }
    }

    #[test]
    fn three_formats_name_the_same_moment() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(
                parse(text.as_bytes()),
                Some(Timestamp(784_111_777)),
                "{text}"
            );
        }
    }

    #[test]
    fn two_digit_years_pivot_at_70() {
        let year = |text: &str| parse(text.as_bytes()).map(|at| civil_date(at.0 / DAY).0);
        assert_eq!(year("Thursday, 01-Jan-70 00:00:00 GMT"), Some(1970));
        assert_eq!(year("Tuesday, 01-Jan-69 00:00:00 GMT"), Some(2069));
    }

    #[test]
    fn leap_second_counts_as_the_next_minute() {
        assert_eq!(
            parse(b"Sat, 31 Dec 2016 23:59:60 GMT"),
            parse(b"Sun, 01 Jan 2017 00:00:00 GMT")
        );
    }

    #[test]
    fn everything_else_is_no_date() {
        for text in [
            "",
            "0",
            "now",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 29 Feb 2100 08:49:37 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:00 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov +994 08:49:37 GMT",
            "Sun Nov  6 08:49:37 199",
            "Sun Nov  6 08:49:37 19944",
            "Sun Nov 6 08:49:37 1994",
            "Noday, 06-Nov-94 08:49:37 GMT",
            ", 06-Nov-94 08:49:37 GMT",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn cut_dates_do_not_panic() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            for end in 0..text.len() {
                assert_eq!(parse(&text.as_bytes()[..end]), None, "{}", &text[..end]);
            }
        }
    }
}
