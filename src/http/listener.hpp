// Accepts connections on a thread of its own and hands each to the worker that has the fewest.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "http/asio.hpp"
#include "http/worker.hpp"
#include "streamstats/base/failure.hpp"

namespace streamstats::http {

class listener {
public:
    listener(site& place, std::vector<std::unique_ptr<worker>>& workers);
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
    // Hands a connection to a worker; says what is short if that fails.
    error_code welcome(worker& home, tcp_socket peer);
    task<void> pause();

    site& place_;
    std::vector<std::unique_ptr<worker>>& workers_;
    asio::io_context context_{1};
    tcp_acceptor acceptor_{context_.get_executor()};
    std::thread thread_;
};

}  // namespace streamstats::http
