// The HTTP edge: listener, connections and routes (SEMANTICS 5). The only part that knows Beast.
//
// Promises:
//   (1) A request that is refused before its body was read leaves nothing behind: its connection is closed or, if it is
//       to come again and its body is short, goes on behind the body, which is dropped.
//   (2) Requests of one connection are answered in the order they came, one at a time.
//   (3) Memory is bounded: header block, body, connections, the bodies of all requests together and answers that go on
//       have a limit each.
//   (4) Nothing that a client sends or leaves out ends a thread, or holds a connection longer than the deadlines say.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "streamstats/base/failure.hpp"
#include "streamstats/base/time.hpp"
#include "streamstats/http/access.hpp"
#include "streamstats/pipeline/service.hpp"
#include "streamstats/telemetry/metrics.hpp"

namespace streamstats::http {

struct settings {
    std::string host = "0.0.0.0";  // an address or a name
    unsigned short port = 5000;    // 0: any that is free
    unsigned threads = 1;

    std::size_t header_bytes_max = 16UL * 1024;             // request line and fields; beyond: 431
    std::size_t target_bytes_max = 8UL * 1024;              // beyond: 414
    std::size_t body_bytes_max = 16UL * 1024 * 1024;        // as sent, and again after decompression; beyond: 413
    std::size_t connections_max = 10'000;                   // beyond: they wait in the kernel until another one closes
    std::size_t bytes_in_flight_max = 256UL * 1024 * 1024;  // of bodies; none begins beyond 3/4: 503. Room for three
    // Of bodies that are read and wait for their answer; the others wait their turn, unread.
    std::size_t bytes_inside_max = 16UL * 1024 * 1024;

    milliseconds header_timeout{10'000};  // from the first byte of a request to the end of its header block
    milliseconds body_timeout{10'000};    // for the body, plus the time that it takes at the rate below
    std::size_t bytes_per_second_min = 16UL * 1024;
    milliseconds turn_timeout{2'000};    // until a body is read; beyond: 503
    milliseconds write_timeout{30'000};  // for the answer, plus the time that it takes at the rate above
    milliseconds idle_timeout{75'000};   // between two requests
    milliseconds linger_timeout{2'000};  // to let a client that still sends read the answer that refuses it

    // /api/v1/live: how often its numbers are gathered while somebody watches.
    milliseconds live_interval{1'000};
    std::size_t streams_max = 128;  // of /api/v1/live/stream; beyond: 503

    // A second listener. Pages for reading are behind it and nowhere else, events are taken behind the first and
    // nowhere else, and /health is answered behind both. It goes on when all connections of the first are taken.
    std::optional<unsigned short> admin_port;  // 0: any that is free
    std::string admin_host = "127.0.0.1";

    std::shared_ptr<const access_policy> access;  // null: everything is open

    std::function<instant()> clock;  // the present; empty: the system's
};

// Methods may be called from any thread, but start() only once and wait() not from one of the server's own.
class server {
public:
    // `inside` and `metrics` must outlive the server; callbacks that `inside` still holds when the server is gone may
    // be called later, without effect.
    server(settings chosen, service& inside, telemetry::metrics& metrics);
    // Stops at once: connections that are still open are cut.
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // Listens and starts the threads. Gives the port, or says which of the variables with hosts and ports to look at.
    result<unsigned short> start();
    // Of the second listener, once started; 0: there is none.
    [[nodiscard]] unsigned short admin_port() const;
    // For every request whose header block has not been read yet. Streams end: who comes again is judged anew.
    void set_access(std::shared_ptr<const access_policy> policy);
    // Stops accepting, closes idle connections at once and each other one after the answer to its request under way;
    // an answer that goes on ends there and then.
    void begin_drain();
    // Waits until no connection is open, at the latest until `deadline`. False: there are some left.
    bool wait(std::chrono::steady_clock::time_point deadline);

private:
    struct state;
    std::unique_ptr<state> state_;
};

// Whether `host`, the value of `variable`, is an address or a name that has one.
std::optional<failure> check_listening_host(const std::string& host, const std::string& variable);

}  // namespace streamstats::http
