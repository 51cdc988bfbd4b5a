//! The remark that only staff see.
//!
//! Spec: 7(2)⑬.

use axum::response::Response;

use super::conflict::{Overtaken, both, left};
use super::{CardPage, at, find};
use crate::accounts::Permission;
use crate::base::CardId;
use crate::cards::{self, EditError, SetRemark};
use crate::web::PageError;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::sight::{HIDDEN, Sight};
use crate::web::staff::{Flash, StaffPost};

/// Writes the remark. What looks like an individual number is asked about first.
pub(in crate::web::staff) async fn remark(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    ctx.must(Permission::SeeRemark)?;
    if let Some(left) = left(&ctx, CardId::of(id), &fields) {
        return Ok(left);
    }
    let typed = fields.text("remark");
    let wish = SetRemark {
        card: CardId::of(id),
        remark: typed.clone(),
        no_my_number: fields.get("no_my_number") == "1",
        expect_version: fields.get("version").parse().unwrap_or_default(),
    };
    let wrong = match ctx.city.db.write(ctx.actor(), move |tx| cards::set_remark(tx, &wish)).await {
        Ok(()) => return Ok(ctx.to_with(&at(CardId::of(id)), Flash::done("備考を保存しました。"))),
        Err(EditError::Conflict { now }) => {
            let sight = Sight::of(&ctx.signed);
            let rows = vec![("備考", typed.clone(), sight.remark(&now).unwrap_or(HIDDEN).to_owned())];
            return both(&ctx, &now, Overtaken { act: "remark", rows, fields: vec![("remark", typed), ("seen", fields.text("seen"))] }).await;
        }
        Err(EditError::NotFound) => return Err(PageError::NotFound),
        Err(EditError::Fault(fault)) => return Err(fault.into()),
        Err(EditError::TooLong { most }) => format!("備考は{most}文字までにしてください。"),
        Err(EditError::Unfit) => "使えない文字が入っています。".to_owned(),
        Err(EditError::MyNumber) => {
            "12桁の数字が入っています。個人番号（マイナンバー）は書けません。ほかの番号のときは、下の欄に印を付けて保存してください。".to_owned()
        }
    };
    let asks = wrong.contains("12桁");
    let card = find(&ctx, id).await?;
    let page = CardPage::read(&ctx, card).await?;
    ctx.again(&page.with_remark(typed, asks, Wrong::new("remark", wrong)))
}
