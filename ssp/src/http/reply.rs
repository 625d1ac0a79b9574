//! From a problem to a response, and from a request's bytes to JSON.

use axum::Json;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::{Code, Problem};

/// An error response: its status follows from its code, unless it was said otherwise.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    problem: Problem,
}

impl Refusal {
    pub(crate) fn with(status: StatusCode, problem: Problem) -> Refusal {
        Refusal { status, problem }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Refusal {
        Refusal { status: status(problem.code), problem }
    }
}

impl From<surreal::Error> for Refusal {
    fn from(error: surreal::Error) -> Refusal {
        let code = match &error {
            surreal::Error::Refused { .. } => Code::DatabaseRefused,
            _ => Code::DatabaseUnreachable,
        };
        Problem::new(code, error.to_string()).into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.problem)).into_response()
    }
}

/// Whose fault it is: the request's, its right's, ours.
fn status(code: Code) -> StatusCode {
    match code {
        Code::Unauthorized => StatusCode::UNAUTHORIZED,
        Code::LoopbackOnly | Code::PermissionRefused => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::SspNotReady
        | Code::Superseded
        | Code::FeedBehind
        | Code::SetTooLarge
        | Code::DatabaseUnreachable
        | Code::DatabaseMissing
        | Code::EventsRefused => StatusCode::SERVICE_UNAVAILABLE,
        Code::MetaConflict | Code::EdgeWrite | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::SyntaxError
        | Code::NotASelect
        | Code::Writes
        | Code::Unsupported
        | Code::FunctionRefused
        | Code::SessionDependent
        | Code::ProtectedParameter
        | Code::ParameterInvalid
        | Code::NotCaptured
        | Code::TableView
        | Code::FieldPermission
        | Code::ComputedField
        | Code::ReferenceField
        | Code::NoSuchUser
        | Code::LinkInPath
        | Code::RowFailed
        | Code::LimitExceeded
        | Code::MissingClientId
        | Code::NoUser
        | Code::BadRequest
        | Code::DatabaseRefused
        | Code::ConfigInvalid => StatusCode::BAD_REQUEST,
    }
}

/// Reads a body as JSON, whatever its content type says: documented clients differ in that.
pub(crate) fn json(body: &Bytes) -> Result<serde_json::Value, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::new(Code::BadRequest, format!("the body is no JSON: {error}")))
}
