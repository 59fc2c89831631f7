using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IdleHands.Testing;

/// <summary>What servers say, asked without the module.</summary>
internal static class Served
{
    /// <summary>The id that the server on a port answers with; null where nobody answers, or with something else.</summary>
    public static async Task<string?> ByAsync(int port)
    {
        using var client = new HttpClient();
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(Address(port, "v1/models"), TestContext.Current.CancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                return null;
            }

            using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            return document.RootElement.GetProperty("data")[0].GetProperty("id").GetString();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Asks a server for a long reply, which keeps it busy until what this gives is disposed.</summary>
    public static async Task<IDisposable> KeepBusyAsync(int port)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(port, "v1/chat/completions"))
        {
            Content = new StringContent("""{"messages":[{"role":"user","content":"go on"}],"max_tokens":100000,"stream":true}""", Encoding.UTF8, "application/json"),
        };
        using var client = new HttpMessageInvoker(new SocketsHttpHandler(), disposeHandler: false);

        // The head of the answer comes when a slot has been taken; that it is not read on closes the connection in the end.
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static Uri Address(int port, string path) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/{path}"));
}
