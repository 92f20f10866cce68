//! `strftime_now`: the time as a template writes it, with English names.

/// A local time. The clock is the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// The year.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 60.
    pub second: u32,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl Date {
    /// As Python's strftime writes it.
    ///
    /// # Errors
    /// The directive that is not understood.
    pub(crate) fn format(self, format: &str) -> Result<String, String> {
        let mut text = String::new();
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                text.push(letter);
                continue;
            }
            let directive = letters.next();
            text += &directive.and_then(|directive| self.part(directive)).ok_or_else(|| {
                let written: String = directive.into_iter().collect();
                format!("strftime_now has %{written}, which is not understood")
            })?;
        }
        Ok(text)
    }

    fn part(self, directive: char) -> Option<String> {
        let name = |names: &[&'static str], i: u32| names.get(i as usize).copied().unwrap_or_default();
        let (month, weekday) = (name(&MONTHS, self.month.wrapping_sub(1)), name(&WEEKDAYS, self.weekday()));
        let short = |name: &str| name.chars().take(3).collect();
        Some(match directive {
            'Y' => self.year.to_string(),
            'y' => format!("{:02}", self.year.rem_euclid(100)),
            'm' => format!("{:02}", self.month),
            'B' => month.to_owned(),
            'b' | 'h' => short(month),
            'd' => format!("{:02}", self.day),
            'e' => format!("{:2}", self.day),
            'j' => format!("{:03}", self.day_of_year()),
            'A' => weekday.to_owned(),
            'a' => short(weekday),
            'w' => self.weekday().to_string(),
            'H' => format!("{:02}", self.hour),
            'I' => format!("{:02}", (self.hour + 11) % 12 + 1),
            'M' => format!("{:02}", self.minute),
            'S' => format!("{:02}", self.second),
            'p' => if self.hour < 12 { "AM" } else { "PM" }.to_owned(),
            'F' => self.format("%Y-%m-%d").ok()?,
            'T' => self.format("%H:%M:%S").ok()?,
            'D' => self.format("%m/%d/%y").ok()?,
            'R' => self.format("%H:%M").ok()?,
            'n' => "\n".to_owned(),
            't' => "\t".to_owned(),
            '%' => "%".to_owned(),
            _ => return None,
        })
    }

    fn day_of_year(self) -> u32 {
        const BEFORE: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let year = self.year;
        let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let before = BEFORE.get(self.month.wrapping_sub(1) as usize).copied().unwrap_or_default();
        before + self.day + u32::from(is_leap && self.month > 2)
    }

    /// 0 is Sunday.
    fn weekday(self) -> u32 {
        let before = self.year - 1;
        let leaps = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
        // The first of January of the year 1 was a Monday.
        let days = i64::from(before) + i64::from(leaps) + i64::from(self.day_of_year());
        u32::try_from(days.rem_euclid(7)).unwrap_or_default()
    }
}
