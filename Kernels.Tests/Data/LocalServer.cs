using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>An HTTP server on this machine that answers as it is told, badly if need be: it works on the bare connection.</summary>
public sealed class LocalServer : IDisposable
{
    /// <param name="Status">HTTP status code.</param>
    /// <param name="Body">Bytes that are sent before the connection is closed.</param>
    /// <param name="Announced">Content-Length that the header claims; −1 for the true one, null for none.</param>
    public sealed record Answer(int Status, byte[] Body, long? Announced = -1)
    {
        public override string ToString() => $"{Status}, {Body.Length} bytes, {Announced?.ToString() ?? "no length"}";
    }

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _loop;

    public LocalServer(Func<string, Answer> answer)
    {
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/files/");
        _loop = Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    await Serve(client.GetStream(), answer);
                }
            }
            catch (Exception e) when (e is SocketException or InvalidOperationException) { } // stopped
        });
    }

    /// <summary>Where files are asked for.</summary>
    public Uri Address { get; }

    /// <summary>The paths asked for so far.</summary>
    public List<string> Asked { get; } = [];

    public void Dispose()
    {
        _listener.Stop();
        _loop.Wait();
    }

    private async Task Serve(NetworkStream stream, Func<string, Answer> answer)
    {
        try
        {
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            string path = (await reader.ReadLineAsync() ?? "").Split(' ')[1];
            while (await reader.ReadLineAsync() is { Length: > 0 }) { }
            Asked.Add(path);
            var (status, body, announced) = answer(path);
            string length = announced is null ? "" : $"Content-Length: {(announced < 0 ? body.Length : announced)}\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} {(HttpStatusCode)status switch
            {
                HttpStatusCode.OK => "OK",
                HttpStatusCode.NotFound => "Not Found",
                _ => "Service Unavailable",
            }}\r\n{length}Connection: close\r\n\r\n"));
            await stream.WriteAsync(body);
        }
        catch (IOException) { } // the client has hung up
    }
}
