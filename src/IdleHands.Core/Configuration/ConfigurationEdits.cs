namespace IdleHands.Configuration;

/// <summary>
/// Changes of a configuration, as functions that make a new one. The forms for many take their failures to a callback
/// and go on with the others; they look at each entry once, so adding thousands stays linear.
/// </summary>
public static class ConfigurationEdits
{
    /// <summary>Adds a host at the end.</summary>
    /// <exception cref="IdleHandsException"><c>HostExists</c>, <c>HostInvalid</c>.</exception>
    public static RuntimeConfiguration AddHost(RuntimeConfiguration configuration, RuntimeHost host) =>
        AddHosts(configuration, [host], static (_, failure) => throw failure);

    /// <summary>Adds hosts at the end, each that can be.</summary>
    public static RuntimeConfiguration AddHosts(RuntimeConfiguration configuration, IEnumerable<RuntimeHost> hosts, Action<RuntimeHost, IdleHandsException> onFailure) =>
        EntryEdits.Add(EntrySection.Hosts, configuration, hosts, onFailure);

    /// <summary>Puts a host in the place of the one with its id.</summary>
    /// <exception cref="IdleHandsException"><c>HostNotFound</c>, <c>HostInvalid</c>.</exception>
    public static RuntimeConfiguration ReplaceHost(RuntimeConfiguration configuration, RuntimeHost host) =>
        ChangeHost(configuration, host.Id, _ => host);

    /// <summary>Changes one host where it stands.</summary>
    /// <exception cref="IdleHandsException"><c>HostNotFound</c>, <c>HostInvalid</c>.</exception>
    public static RuntimeConfiguration ChangeHost(RuntimeConfiguration configuration, string id, Func<RuntimeHost, RuntimeHost> change) =>
        ChangeHosts(configuration, [id], change, static (_, failure) => throw failure);

    /// <summary>Changes hosts where they stand, each that can be.</summary>
    public static RuntimeConfiguration ChangeHosts(RuntimeConfiguration configuration, IEnumerable<string> ids, Func<RuntimeHost, RuntimeHost> change, Action<string, IdleHandsException> onFailure) =>
        EntryEdits.Change(EntrySection.Hosts, configuration, ids, change, onFailure);

    /// <summary>Removes a host, and with <paramref name="removeReferences"/> its id from all that refers to it.</summary>
    /// <exception cref="IdleHandsException"><c>HostNotFound</c>, <c>HostInUse</c>.</exception>
    public static RuntimeConfiguration RemoveHost(RuntimeConfiguration configuration, string id, bool removeReferences) =>
        RemoveHosts(configuration, [id], removeReferences, static (_, failure) => throw failure);

    /// <summary>Removes hosts, each that can be.</summary>
    public static RuntimeConfiguration RemoveHosts(RuntimeConfiguration configuration, IEnumerable<string> ids, bool removeReferences, Action<string, IdleHandsException> onFailure) =>
        EntryEdits.Remove(EntrySection.Hosts, configuration, ids, removeReferences, onFailure);

    /// <summary>Adds a backend at the end.</summary>
    /// <exception cref="IdleHandsException"><c>BackendExists</c>, <c>BackendInvalid</c>.</exception>
    public static RuntimeConfiguration AddBackend(RuntimeConfiguration configuration, RuntimeBackend backend) =>
        AddBackends(configuration, [backend], static (_, failure) => throw failure);

    /// <summary>Adds backends at the end, each that can be.</summary>
    public static RuntimeConfiguration AddBackends(RuntimeConfiguration configuration, IEnumerable<RuntimeBackend> backends, Action<RuntimeBackend, IdleHandsException> onFailure) =>
        EntryEdits.Add(EntrySection.Backends, configuration, backends, onFailure);

    /// <summary>Puts a backend in the place of the one with its id.</summary>
    /// <exception cref="IdleHandsException"><c>BackendNotFound</c>, <c>BackendInvalid</c>.</exception>
    public static RuntimeConfiguration ReplaceBackend(RuntimeConfiguration configuration, RuntimeBackend backend) =>
        ChangeBackend(configuration, backend.Id, _ => backend);

    /// <summary>Changes one backend where it stands.</summary>
    /// <exception cref="IdleHandsException"><c>BackendNotFound</c>, <c>BackendInvalid</c>.</exception>
    public static RuntimeConfiguration ChangeBackend(RuntimeConfiguration configuration, string id, Func<RuntimeBackend, RuntimeBackend> change) =>
        ChangeBackends(configuration, [id], change, static (_, failure) => throw failure);

    /// <summary>Changes backends where they stand, each that can be.</summary>
    public static RuntimeConfiguration ChangeBackends(RuntimeConfiguration configuration, IEnumerable<string> ids, Func<RuntimeBackend, RuntimeBackend> change, Action<string, IdleHandsException> onFailure) =>
        EntryEdits.Change(EntrySection.Backends, configuration, ids, change, onFailure);

    /// <summary>Removes a backend, and with <paramref name="removeReferences"/> its id from all that refers to it.</summary>
    /// <exception cref="IdleHandsException"><c>BackendNotFound</c>, <c>BackendInUse</c>.</exception>
    public static RuntimeConfiguration RemoveBackend(RuntimeConfiguration configuration, string id, bool removeReferences) =>
        RemoveBackends(configuration, [id], removeReferences, static (_, failure) => throw failure);

    /// <summary>Removes backends, each that can be.</summary>
    public static RuntimeConfiguration RemoveBackends(RuntimeConfiguration configuration, IEnumerable<string> ids, bool removeReferences, Action<string, IdleHandsException> onFailure) =>
        EntryEdits.Remove(EntrySection.Backends, configuration, ids, removeReferences, onFailure);

    /// <summary>Adds a model at the end.</summary>
    /// <exception cref="IdleHandsException"><c>ModelExists</c>, <c>ModelInvalid</c>.</exception>
    public static RuntimeConfiguration AddModel(RuntimeConfiguration configuration, RuntimeModel model) =>
        AddModels(configuration, [model], static (_, failure) => throw failure);

    /// <summary>Adds models at the end, each that can be. A fallback may be among those added.</summary>
    public static RuntimeConfiguration AddModels(RuntimeConfiguration configuration, IEnumerable<RuntimeModel> models, Action<RuntimeModel, IdleHandsException> onFailure) =>
        EntryEdits.Add(EntrySection.Models, configuration, models, onFailure);

    /// <summary>Puts a model in the place of the one with its id.</summary>
    /// <exception cref="IdleHandsException"><c>ModelNotFound</c>, <c>ModelInvalid</c>.</exception>
    public static RuntimeConfiguration ReplaceModel(RuntimeConfiguration configuration, RuntimeModel model) =>
        ChangeModel(configuration, model.Id, _ => model);

    /// <summary>Changes one model where it stands.</summary>
    /// <exception cref="IdleHandsException"><c>ModelNotFound</c>, <c>ModelInvalid</c>.</exception>
    public static RuntimeConfiguration ChangeModel(RuntimeConfiguration configuration, string id, Func<RuntimeModel, RuntimeModel> change) =>
        ChangeModels(configuration, [id], change, static (_, failure) => throw failure);

    /// <summary>Changes models where they stand, each that can be.</summary>
    public static RuntimeConfiguration ChangeModels(RuntimeConfiguration configuration, IEnumerable<string> ids, Func<RuntimeModel, RuntimeModel> change, Action<string, IdleHandsException> onFailure) =>
        EntryEdits.Change(EntrySection.Models, configuration, ids, change, onFailure);

    /// <summary>Removes a model, and with <paramref name="removeReferences"/> the fallbacks that name it.</summary>
    /// <exception cref="IdleHandsException"><c>ModelNotFound</c>, <c>ModelInUse</c>.</exception>
    public static RuntimeConfiguration RemoveModel(RuntimeConfiguration configuration, string id, bool removeReferences) =>
        RemoveModels(configuration, [id], removeReferences, static (_, failure) => throw failure);

    /// <summary>Removes models, each that can be. Models that refer only to each other go together.</summary>
    public static RuntimeConfiguration RemoveModels(RuntimeConfiguration configuration, IEnumerable<string> ids, bool removeReferences, Action<string, IdleHandsException> onFailure) =>
        EntryEdits.Remove(EntrySection.Models, configuration, ids, removeReferences, onFailure);
}
