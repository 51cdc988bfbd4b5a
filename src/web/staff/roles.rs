//! What each role may do: a matrix of ticks.
//!
//! Spec: 7(2)②.

use std::collections::{BTreeMap, BTreeSet};

use axum::response::Response;
use serde::Serialize;

use super::parts::Wrong;
use super::{Flash, StaffCtx, StaffPost, wording};
use crate::accounts::{self, GROUPS, Permission, Role, RoleError};
use crate::base::RoleId;
use crate::render::View;
use crate::web::PageError;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(super) struct Roles {
    /// Name and number of people.
    heads: Vec<(String, u32)>,
    groups: Vec<Group>,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct Group {
    label: &'static str,
    lines: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    label: &'static str,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    /// `ROLE.permission`.
    value: String,
    role: String,
    ticked: bool,
}

impl View for Roles {
    const TEMPLATE: &'static str = "staff/roles.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let role = Role {
            id: RoleId::of(1),
            code: "counter".to_owned(),
            name: "窓口".to_owned(),
            permissions: [Permission::Book].into(),
            people: 3,
        };
        let wrong = vec![Wrong::new("matrix", "最後の1人です。")];
        vec![("roles", view(std::slice::from_ref(&role), Vec::new())), ("roles wrong", view(&[role], wrong))]
    }
}

fn view(roles: &[Role], wrong: Vec<Wrong>) -> Roles {
    let cell = |role: &Role, permission: Permission| Cell {
        value: format!("{}.{}", role.id, permission.code()),
        role: role.name.clone(),
        ticked: role.permissions.contains(&permission),
    };
    let line = |permission: &Permission| Line {
        label: permission.label(),
        cells: roles.iter().map(|role| cell(role, *permission)).collect(),
    };
    Roles {
        heads: roles.iter().map(|role| (role.name.clone(), role.people)).collect(),
        groups: GROUPS
            .iter()
            .map(|group| Group { label: group.label, lines: group.permissions.iter().map(line).collect() })
            .collect(),
        wrong,
    }
}

pub(super) async fn show(ctx: StaffCtx) -> Result<Response, PageError> {
    let roles = ctx.read(accounts::roles).await?;
    ctx.page(&view(&roles, Vec::new()))
}

pub(super) async fn save(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let mut wanted: BTreeMap<RoleId, BTreeSet<Permission>> = BTreeMap::new();
    for (role, permission) in fields.all("p").into_iter().filter_map(|pair| pair.split_once('.')) {
        let (Ok(role), Some(permission)) = (role.parse(), Permission::from_code(permission)) else {
            continue;
        };
        wanted.entry(RoleId::of(role)).or_default().insert(permission);
    }
    let mut roles = ctx.read(accounts::roles).await?;
    for role in &mut roles {
        role.permissions = wanted.remove(&role.id).unwrap_or_default();
    }
    let wish: Vec<(RoleId, BTreeSet<Permission>)> =
        roles.iter().map(|role| (role.id, role.permissions.clone())).collect();
    match ctx.city.db.write(ctx.actor(), move |tx| accounts::set_all_permissions(tx, &wish)).await {
        Ok(()) => {
            let said = "権限を保存しました。その役割の人の次の操作から効きます。";
            Ok(ctx.to_with("/roles#main", Flash::done(said)))
        }
        Err(RoleError::LastAdministrator) => {
            ctx.again(&view(&roles, vec![Wrong::new("matrix", wording::LAST_ADMINISTRATOR)]))
        }
        Err(RoleError::NotFound) => Err(PageError::NotFound),
        Err(RoleError::Fault(fault)) => Err(fault.into()),
    }
}
