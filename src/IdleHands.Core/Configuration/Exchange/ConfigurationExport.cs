using System.Text;

namespace IdleHands.Configuration.Exchange;

/// <summary>Writes entries as a text of their own, to be kept and imported elsewhere.</summary>
internal static class ConfigurationExport
{
    /// <summary>The entries without passwords in clear, and the hosts that had one.</summary>
    public static (RuntimeConfiguration Configuration, IReadOnlyList<string> HostIds) WithoutPasswords(RuntimeConfiguration configuration)
    {
        string[] ids = [.. configuration.Hosts.Where(HasPassword).Select(host => host.Id)];
        return ids.Length == 0
            ? (configuration, ids)
            : (configuration with { Hosts = [.. configuration.Hosts.Select(host => HasPassword(host) ? host with { Password = null } : host)] }, ids);
    }

    /// <summary>The text, which ends with a line end. The caller has taken the passwords out.</summary>
    public static string Write(RuntimeConfiguration configuration, bool isYaml)
    {
        byte[] json = ConfigurationWriter.WriteNew(configuration);
        return isYaml ? YamlText.FromJson(json) : Encoding.UTF8.GetString(json);
    }

    private static bool HasPassword(RuntimeHost host) => host.Password is { Reference: null };
}
