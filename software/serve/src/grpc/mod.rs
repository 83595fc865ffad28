//! gRPC: `inference.GRPCInferenceService`, without a code generator.
//!
//! The service is small and its messages never change, so they are written down in
//! [`messages`]; building needs no `protoc`.

mod convert;
mod messages;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use http::{Request, Response};
use prost::Message;
use tonic::body::Body;
use tonic::codegen::Body as HttpBody;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Code, Status};
use tonic_prost::ProstCodec;
use tower::Service;

use crate::Refusal;
use crate::protocol::{self, VERSION};
use crate::web::{App, ask};
use messages::{
    Empty, InferRequest, InferResponse, LiveResponse, ModelMetadataResponse, ModelRequest,
    ReadyResponse, ServerMetadataResponse, TensorMetadata,
};

/// All methods.
pub(crate) fn router(app: App) -> Router {
    tonic::service::Routes::new(Inference { app }).into_axum_router()
}

#[derive(Clone)]
struct Inference {
    app: App,
}

impl NamedService for Inference {
    const NAME: &'static str = "inference.GRPCInferenceService";
}

/// A method: an asynchronous function of server and message.
struct Method<F> {
    app: App,
    function: F,
}

impl<Q, A, F, R> UnaryService<Q> for Method<F>
where
    F: Fn(App, Q) -> R,
    R: Future<Output = Result<A, Refusal>> + Send + 'static,
{
    type Response = A;
    type Future = Pin<Box<dyn Future<Output = Result<tonic::Response<A>, Status>> + Send>>;

    fn call(&mut self, request: tonic::Request<Q>) -> Self::Future {
        let answer = (self.function)(self.app.clone(), request.into_inner());
        Box::pin(async move {
            Ok(tonic::Response::new(answer.await.map_err(|refusal| status(&refusal))?))
        })
    }
}

impl<B> Service<Request<B>> for Inference
where
    B: HttpBody + Send + 'static,
    B::Error: Into<tonic::codegen::StdError> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let app = self.app.clone();
        let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        Box::pin(async move {
            Ok(match method.as_str() {
                "ServerLive" => unary(app, request, server_live).await,
                "ServerReady" => unary(app, request, server_ready).await,
                "ModelReady" => unary(app, request, model_ready).await,
                "ServerMetadata" => unary(app, request, server_metadata).await,
                "ModelMetadata" => unary(app, request, model_metadata).await,
                "ModelInfer" => unary(app, request, infer).await,
                _ => Status::unimplemented(format!("method {method} is not served")).into_http(),
            })
        })
    }
}

async fn unary<Q, A, F, R, B>(app: App, request: Request<B>, function: F) -> Response<Body>
where
    Q: Message + Default + Send + 'static,
    A: Message + Default + Send + 'static,
    F: Fn(App, Q) -> R + Send,
    R: Future<Output = Result<A, Refusal>> + Send + 'static,
    B: HttpBody + Send + 'static,
    B::Error: Into<tonic::codegen::StdError> + Send + 'static,
{
    let most = app.most_bytes;
    let mut grpc =
        Grpc::new(ProstCodec::<A, Q>::default()).apply_max_message_size_config(Some(most), None);
    grpc.unary(Method { app, function }, request).await
}

/// A refusal as clients of gRPC know it.
pub(crate) fn status(refusal: &Refusal) -> Status {
    let code = match refusal {
        Refusal::UnknownModel { .. } | Refusal::UnknownJob { .. } => Code::NotFound,
        Refusal::Malformed { .. } | Refusal::Input { .. } | Refusal::Output { .. } => {
            Code::InvalidArgument
        }
        Refusal::Parameter { .. } | Refusal::Impossible { .. } => Code::InvalidArgument,
        Refusal::TooMany { .. } | Refusal::TooLong { .. } | Refusal::Full { .. } => {
            Code::ResourceExhausted
        }
        Refusal::NotInTime | Refusal::Expired { .. } | Refusal::Slow { .. } => {
            Code::DeadlineExceeded
        }
        Refusal::Device { .. } | Refusal::Draining => Code::Unavailable,
        Refusal::Store { .. } => Code::Internal,
        Refusal::Unauthorized => Code::Unauthenticated,
    };
    Status::new(code, refusal.to_string())
}

async fn server_live(_: App, _: Empty) -> Result<LiveResponse, Refusal> {
    Ok(LiveResponse { live: true })
}

async fn server_ready(app: App, _: Empty) -> Result<ReadyResponse, Refusal> {
    Ok(ReadyResponse { ready: app.pool.is_ready() })
}

async fn model_ready(app: App, wanted: ModelRequest) -> Result<ReadyResponse, Refusal> {
    protocol::check_model(app.pool.model(), &wanted.name, &wanted.version)?;
    Ok(ReadyResponse { ready: app.pool.is_ready() })
}

async fn server_metadata(_: App, _: Empty) -> Result<ServerMetadataResponse, Refusal> {
    Ok(ServerMetadataResponse {
        name: "bitladder".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        extensions: protocol::EXTENSIONS.map(String::from).into(),
    })
}

async fn model_metadata(app: App, wanted: ModelRequest) -> Result<ModelMetadataResponse, Refusal> {
    let model = app.pool.model();
    protocol::check_model(model, &wanted.name, &wanted.version)?;
    let tensor = |name: &str, datatype: &str, shape| TensorMetadata {
        name: name.into(),
        datatype: datatype.into(),
        shape,
    };
    let (name, shape) = protocol::input_of(model);
    let outputs = protocol::outputs_of(model).into_iter();
    Ok(ModelMetadataResponse {
        name: model.package().name.clone(),
        versions: vec![VERSION.into()],
        platform: "bitladder".into(),
        inputs: vec![tensor(name, "FP32", [vec![-1], shape].concat())],
        outputs: outputs.map(|(name, datatype, shape)| tensor(name, datatype, shape)).collect(),
    })
}

async fn infer(app: App, request: InferRequest) -> Result<InferResponse, Refusal> {
    protocol::check_model(app.pool.model(), &request.model_name, &request.model_version)
        .inspect_err(|refusal| app.pool.metrics().refused(refusal.kind()))?;
    let call =
        convert::call(request).inspect_err(|refusal| app.pool.metrics().refused(refusal.kind()))?;
    let answer = ask(&app, &call).await?;
    convert::response(app.pool.model(), &call, &answer)
}
