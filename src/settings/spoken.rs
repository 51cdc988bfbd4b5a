//! What the city, its service and its office are called in the reader's language.

use super::Settings;

/// Names as a reader's language has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Spoken {
    /// Name of the city.
    pub city: String,
    /// Name of the service.
    pub service: String,
    /// The office to ask.
    pub office: String,
    /// When its telephone is answered.
    pub hours: String,
}

impl Settings {
    /// The names in this language, of a city of this name in Japanese; Japanese where nothing else was entered.
    pub fn spoken(&self, city: &str, language: &str) -> Spoken {
        let or = |english: &str, japanese: &str| {
            let own = if language == "en" && !english.is_empty() { english } else { japanese };
            own.to_owned()
        };
        Spoken {
            city: or(&self.city_name_en, city),
            service: or(&self.service_name_en, &self.service_name),
            office: or(&self.help_office_en, &self.help_office),
            hours: or(&self.help_hours_en, &self.help_hours),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_nobody_entered_in_english_is_the_japanese_one() {
        let settings = Settings { help_office_en: "Citizens' desk".to_owned(), ..Settings::default() };
        let english = settings.spoken("見本市", "en");
        assert_eq!((english.city.as_str(), english.office.as_str()), ("見本市", "Citizens' desk"));
        assert_eq!(english.service, "My Number Card pick-up booking");
        for language in ["ja", "ja-easy"] {
            let japanese = settings.spoken("見本市", language);
            assert_eq!(
                (japanese.service, japanese.office),
                (settings.service_name.clone(), settings.help_office.clone())
            );
        }
    }
}
