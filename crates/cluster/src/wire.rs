//! Connections between the processes of a cluster, each request naming the build it comes from.

use crate::ClusterError;
use crate::settings::MESSAGE_BYTES;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use std::net::IpAddr;
use std::time::Duration;
use tonic::metadata::{Ascii, MetadataMap, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// Header with the name of the sender's build.
const BUILD: &str = "groundswell-build";

/// Header with the number of task slots of all executors, in answer to a client's greeting.
const SLOTS: &str = "groundswell-slots";

/// Talks to a scheduler.
pub(crate) type SchedulerClient = SchedulerGrpcClient<InterceptedService<Channel, NameBuild>>;

/// Writes the name of this build on every request.
#[derive(Clone)]
pub(crate) struct NameBuild(MetadataValue<Ascii>);

impl Interceptor for NameBuild {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert(BUILD, self.0.clone());
        Ok(request)
    }
}

/// Returns a client of the scheduler at `HOST:PORT`, which connects with its first request and again after a failure.
pub(crate) fn scheduler_client(
    address: &str,
    build: &str,
) -> Result<SchedulerClient, ClusterError> {
    let invalid = || ClusterError::Address(address.to_owned());
    let (host, port) = address.rsplit_once(':').ok_or_else(invalid)?;
    if host.is_empty() || port.parse::<u16>().is_err() {
        return Err(invalid());
    }
    let endpoint = Endpoint::from_shared(format!("http://{address}")).map_err(|_| invalid())?;
    let channel = endpoint
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(30))
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(20))
        .keep_alive_while_idle(true)
        .connect_lazy();
    let name = NameBuild(build.parse().map_err(|_| invalid())?);
    Ok(SchedulerGrpcClient::with_interceptor(channel, name)
        .max_encoding_message_size(MESSAGE_BYTES)
        .max_decoding_message_size(MESSAGE_BYTES))
}

/// Refuses a request that comes from another build.
pub(crate) fn check_build(ours: &str, sender: &MetadataMap, role: &str) -> Result<(), Status> {
    let theirs = sender.get(BUILD).and_then(|name| name.to_str().ok()).unwrap_or("unknown");
    if theirs == ours {
        return Ok(());
    }
    Err(Status::failed_precondition(format!(
        "the {role} is groundswell `{theirs}`, the scheduler `{ours}`"
    )))
}

/// Writes the number of task slots on an answer.
pub(crate) fn write_slots(answer: &mut MetadataMap, slots: u32) {
    answer.insert(SLOTS, MetadataValue::from(slots));
}

/// Reads the number of task slots from an answer.
pub(crate) fn read_slots(answer: &MetadataMap) -> usize {
    let slots = answer.get(SLOTS).and_then(|slots| slots.to_str().ok());
    slots.and_then(|slots| slots.parse().ok()).unwrap_or_default()
}

/// Writes an address as the host of a URL.
pub(crate) fn host_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// Says in one line what went wrong with a request.
pub(crate) fn plain(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = if text.is_empty() { more } else { format!("{text}: {more}") };
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_host_and_port_make_an_address() {
        for wrong in ["", "host", ":5000", "host:", "host:port", "ho st:1", "host:70000"] {
            let error = scheduler_client(wrong, "build").err();
            assert!(matches!(error, Some(ClusterError::Address(_))), "{wrong}");
        }
        for right in ["localhost:5000", "127.0.0.1:1", "[::1]:7"] {
            assert!(scheduler_client(right, "build").is_ok(), "{right}");
        }
    }

    #[test]
    fn another_build_is_refused_by_name() {
        let mut sender = MetadataMap::new();
        assert!(check_build("b1", &sender, "client").is_err());
        sender.insert(BUILD, "b1".parse().unwrap());
        assert!(check_build("b1", &sender, "client").is_ok());
        let status = check_build("b2", &sender, "executor").unwrap_err();
        assert_eq!(status.message(), "the executor is groundswell `b1`, the scheduler `b2`");
    }

    #[test]
    fn addresses_are_written_as_hosts_of_urls() {
        let host = |address: &str| host_of(address.parse().unwrap());
        assert_eq!(host("10.0.0.7"), "10.0.0.7");
        assert_eq!(host("::ffff:10.0.0.7"), "10.0.0.7");
        assert_eq!(host("::1"), "[::1]");
    }

    #[test]
    fn slots_are_read_as_written() {
        let mut answer = MetadataMap::new();
        assert_eq!(read_slots(&answer), 0);
        write_slots(&mut answer, 12);
        assert_eq!(read_slots(&answer), 12);
    }
}
