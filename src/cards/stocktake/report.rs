//! The report of a stock-take as a list for a spreadsheet.

use crate::cards::import::Sheet;

/// One line of the report, in words, with what the reader may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    /// What is so: 一致, 不足 …
    pub outcome: String,
    /// Where the card is registered.
    pub place: String,
    /// Notice ID, or the number that no card has.
    pub notice: String,
    /// Name.
    pub name: String,
    /// Date of birth.
    pub birth: String,
    /// Status of the card.
    pub status: String,
    /// When it was read last.
    pub at: String,
    /// By whom.
    pub by: String,
}

/// The report: UTF-8 with its mark, cells that no spreadsheet takes for a formula.
pub fn csv(lines: &[ReportLine]) -> Vec<u8> {
    let mut sheet = Sheet::marked();
    sheet.line(&["結果", "登録の保管場所", "交付通知書ID", "氏名", "生年月日", "状態", "読み取り", "担当"]);
    for line in lines {
        sheet.words(&[
            &line.outcome,
            &line.place,
            &line.notice,
            &line.name,
            &line.birth,
            &line.status,
            &line.at,
            &line.by,
        ]);
    }
    sheet.end()
}
