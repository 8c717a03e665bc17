// A receiver on a port of its own that does to each request what a script says.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "simulate/asio.hpp"

namespace streamstats::simulate {

enum class conduct {
    take,             // 200 and what became of the events
    take_twice,       // the same, answered twice
    take_silently,    // 200 with an empty body
    take_and_vanish,  // takes it and closes the connection without an answer
    vanish,           // closes the connection, nothing taken
    busy,             // 503 with Retry-After: 0
    refuse,           // 401
};

class fake_receiver {
public:
    // What to do with the n-th request, from 0. Called by the receiver's thread.
    using script = std::function<conduct(std::size_t)>;

    explicit fake_receiver(script what_to_do);
    ~fake_receiver();

    [[nodiscard]] std::string url() const;
    // The bodies that were taken, in the order of taking, and the heads of all requests.
    [[nodiscard]] std::vector<std::string> taken() const;
    [[nodiscard]] std::vector<std::string> heads() const;

private:
    task<void> listen();
    task<void> serve(tcp::socket socket);
    conduct note(const std::string& head, const std::string& body);

    const script script_;
    asio::io_context context_{1};
    tcp::acceptor acceptor_;
    mutable std::mutex mutex_;
    std::vector<std::string> taken_;
    std::vector<std::string> heads_;
    std::thread thread_;
};

}  // namespace streamstats::simulate
