// Accepts connections on a thread of its own and hands each to the worker that has the fewest.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "http/asio.hpp"
#include "http/worker.hpp"
#include "streamstats/base/failure.hpp"

namespace streamstats::http {

struct listening_place {
    std::string host;
    unsigned short port = 0;
    std::string variables;  // where the two come from: "STREAM_HTTP"
    door leads_to = door::only;
};

class listener {
public:
    listener(site& place, std::vector<std::unique_ptr<worker>>& workers, listening_place where);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    // Binds and listens. Gives the port.
    result<unsigned short> open();
    void start();
    // Any thread: stops accepting.
    void close();

private:
    task<void> accept();
    [[nodiscard]] bool is_full() const;
    task<void> wait_for_room();
    // Hands a connection to a worker; says what is short if that fails.
    error_code welcome(worker& home, tcp_socket peer);
    task<void> pause();

    site& place_;
    std::vector<std::unique_ptr<worker>>& workers_;
    listening_place where_;
    asio::io_context context_{1};
    tcp_acceptor acceptor_{context_.get_executor()};
    std::thread thread_;
};

}  // namespace streamstats::http
