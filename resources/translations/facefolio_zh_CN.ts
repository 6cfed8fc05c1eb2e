<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>core</name>
    <message>
        <source>- is no file here.</source>
        <translation>- 在这里不是文件。</translation>
    </message>
    <message>
        <source>0 chooses; higher finds more surely, takes longer.</source>
        <translation>0 自动选择；数值越大找得越可靠，用时越长。</translation>
    </message>
    <message>
        <source>29.6 million pairs of LFW test pictures, TAR at FAR 1e-3, percent</source>
        <translation>LFW 测试图片 2960 万对，FAR 1e-3 时的 TAR（%）</translation>
    </message>
    <message>
        <source>A face of {name} (number {face}) has no usable picture, so it has no feature of the new model.</source>
        <translation>{name} 的一张人脸（编号 {face}）没有可用图片，因此没有新模型的特征。</translation>
    </message>
    <message>
        <source>A file of its folder does not have the size it was saved with.</source>
        <translation>其文件夹中有一个文件的大小与保存时不同。</translation>
    </message>
    <message>
        <source>A file of its folder is damaged or absent.</source>
        <translation>其文件夹中有一个文件已损坏或不存在。</translation>
    </message>
    <message>
        <source>A frame of the camera could not be recognized ({error}).</source>
        <translation>无法识别摄像头的一帧画面（{error}）。</translation>
    </message>
    <message>
        <source>A gallery cannot be made in {folder}: {error}.</source>
        <translation>无法在 {folder} 中创建图库：{error}。</translation>
    </message>
    <message>
        <source>A graph of near neighbours: a search takes well under a millisecond; needs more memory and time to build.</source>
        <translation>近邻图：一次搜索远不到一毫秒；构建需要更多内存和时间。</translation>
    </message>
    <message>
        <source>A name must not be empty.</source>
        <translation>姓名不能为空。</translation>
    </message>
    <message>
        <source>A person said so.</source>
        <translation>由人员确认。</translation>
    </message>
    <message>
        <source>A picture could not be encoded as {kind}.</source>
        <translation>图片无法编码为 {kind}。</translation>
    </message>
    <message>
        <source>A picture could not be encoded: {error}</source>
        <translation>图片无法编码：{error}</translation>
    </message>
    <message>
        <source>A picture of {width} x {height} pixels does not fit into a {kind} file.</source>
        <translation>{width} x {height} 像素的图片无法存为 {kind} 文件。</translation>
    </message>
    <message>
        <source>A picture without pixels cannot be written.</source>
        <translation>没有像素的图片无法写入。</translation>
    </message>
    <message>
        <source>A sister and a brother reach a cosine of 0.43. It confuses people with East Asian names much more often than others: the training faces are mostly white and from newspapers. For galleries of people who resemble each other, ask the gallery itself (Gallery, Recognition threshold). Women and dark pictures are recognized less often than others; children are hardly in the data. None of the pictures of the LFW test pairs were used in training.</source>
        <translation>兄妹之间的余弦相似度可达 0.43。具有东亚姓名的人远比其他人更容易被混淆：训练人脸多为白人，且多来自报刊。若图库中的人彼此相像，请让图库自己给出建议（“图库”→“识别阈值”）。女性和较暗的图片比其他更少被认出；数据中几乎没有儿童。训练未使用 LFW 测试对中的任何图片。</translation>
    </message>
    <message>
        <source>A stored picture is damaged.</source>
        <translation>一张已保存的图片已损坏。</translation>
    </message>
    <message>
        <source>A stored result is damaged: {error!r}.</source>
        <translation>一条已保存的结果已损坏：{error!r}。</translation>
    </message>
    <message>
        <source>AP easy on 200 WIDER validation pictures at 640, percent</source>
        <translation>WIDER 验证集 200 张图片（640 像素），AP 简单（%）</translation>
    </message>
    <message>
        <source>AP easy, percent</source>
        <translation>AP 简单（%）</translation>
    </message>
    <message>
        <source>AP hard, percent</source>
        <translation>AP 困难（%）</translation>
    </message>
    <message>
        <source>AP medium, percent</source>
        <translation>AP 中等（%）</translation>
    </message>
    <message>
        <source>AP on WIDER validation at 640, percent</source>
        <translation>WIDER 验证集 AP（640 像素，%）</translation>
    </message>
    <message>
        <source>Add faces to {folder}</source>
        <translation>将人脸添加到 {folder}</translation>
    </message>
    <message>
        <source>Add the model {file}</source>
        <translation>添加模型 {file}</translation>
    </message>
    <message>
        <source>Add the models of {file}</source>
        <translation>添加 {file} 中的模型</translation>
    </message>
    <message>
        <source>AgeDB-30, percent</source>
        <translation>AgeDB-30（%）</translation>
    </message>
    <message>
        <source>Allow FaceFolio to use the camera in the system's settings on privacy, then start again.</source>
        <translation>请在系统的隐私设置中允许 FaceFolio 使用摄像头，然后重新启动。</translation>
    </message>
    <message>
        <source>Already enrolled from this picture.</source>
        <translation>已从此图片录入过。</translation>
    </message>
    <message>
        <source>Already enrolled under another name? Very near to {name} ({similarity}).</source>
        <translation>是否已用另一姓名录入？与 {name} 非常接近（{similarity}）。</translation>
    </message>
    <message>
        <source>An address begins with one of {schemes}.</source>
        <translation>地址应以 {schemes} 之一开头。</translation>
    </message>
    <message>
        <source>An index covers all or chosen, not {covers}.</source>
        <translation>索引覆盖全部或选定的人员，不能是 {covers}。</translation>
    </message>
    <message>
        <source>Another face in a picture of {name}.</source>
        <translation>{name} 的图片中的另一张人脸。</translation>
    </message>
    <message>
        <source>Another run tags this folder now: this one keeps no journal.</source>
        <translation>另一个运行正在标注此文件夹：本次不记录日志。</translation>
    </message>
    <message>
        <source>Append people to the index {name}</source>
        <translation>向索引 {name} 追加人员</translation>
    </message>
    <message>
        <source>Append {people} to the index {name}</source>
        <translation>将 {people} 追加到索引 {name}</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Back up {name}</source>
        <translation>备份 {name}</translation>
    </message>
    <message>
        <source>Brother and sister reach a cosine of 0.44, hence the margin.</source>
        <translation>兄妹之间的余弦相似度可达 0.44，因此设有差距要求。</translation>
    </message>
    <message>
        <source>Build it anew (compact); the gallery is not affected.</source>
        <translation>请重新构建（压实）；图库不受影响。</translation>
    </message>
    <message>
        <source>Build it with more care in building or searching, or as Flat.</source>
        <translation>请以更精细的构建或搜索参数重新构建，或改用 Flat。</translation>
    </message>
    <message>
        <source>Build the index {name}</source>
        <translation>构建索引 {name}</translation>
    </message>
    <message>
        <source>Built-in model</source>
        <translation>内置模型</translation>
    </message>
    <message>
        <source>CFP-FP, percent</source>
        <translation>CFP-FP（%）</translation>
    </message>
    <message>
        <source>CUDA cannot be used ({error})</source>
        <translation>无法使用 CUDA（{error}）</translation>
    </message>
    <message>
        <source>CUDA refused the model ({error})</source>
        <translation>CUDA 无法运行该模型（{error}）</translation>
    </message>
    <message>
        <source>Candidates</source>
        <translation>候选数</translation>
    </message>
    <message>
        <source>Care in building</source>
        <translation>构建精细度</translation>
    </message>
    <message>
        <source>Care in searching</source>
        <translation>搜索精细度</translation>
    </message>
    <message>
        <source>Change the picture of {name}</source>
        <translation>更换 {name} 的图片</translation>
    </message>
    <message>
        <source>Check it with `facefolio models check`, or use another model.</source>
        <translation>请用 `facefolio models check` 检查，或使用另一个模型。</translation>
    </message>
    <message>
        <source>Check the address, user and password, and that the network reaches it. It is tried again by itself.</source>
        <translation>请检查地址、用户名和密码，以及网络是否能连到它。程序会自动重试。</translation>
    </message>
    <message>
        <source>Check the disk and the name.</source>
        <translation>请检查磁盘和名称。</translation>
    </message>
    <message>
        <source>Check the name, or whether it was moved.</source>
        <translation>请检查名称，或是否已被移走。</translation>
    </message>
    <message>
        <source>Check {model}</source>
        <translation>检查 {model}</translation>
    </message>
    <message>
        <source>Check {name}</source>
        <translation>检查 {name}</translation>
    </message>
    <message>
        <source>Choose a better picture, or lower the setting min_quality.</source>
        <translation>请选择更好的图片，或降低设置 min_quality。</translation>
    </message>
    <message>
        <source>Choose a file.</source>
        <translation>请选择一个文件。</translation>
    </message>
    <message>
        <source>Choose a folder with pictures.</source>
        <translation>请选择包含图片的文件夹。</translation>
    </message>
    <message>
        <source>Choose another file, for example an MP4.</source>
        <translation>请选择其他文件，例如 MP4。</translation>
    </message>
    <message>
        <source>Choose another folder or make room; nothing was half-written.</source>
        <translation>请选择其他文件夹或腾出空间；没有写入一半的内容。</translation>
    </message>
    <message>
        <source>Choose another folder, or make room.</source>
        <translation>请选择其他文件夹，或腾出空间。</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>请选择其他文件夹。</translation>
    </message>
    <message>
        <source>Choose another one.</source>
        <translation>请另选一个。</translation>
    </message>
    <message>
        <source>Choose one in the Models window.</source>
        <translation>请在“模型”窗口中选择一个。</translation>
    </message>
    <message>
        <source>Close other programs that use it, and let this program use the camera in the system's settings. It is tried again by itself.</source>
        <translation>请关闭正在使用它的其他程序，并在系统设置中允许本程序使用摄像头。程序会自动重试。</translation>
    </message>
    <message>
        <source>Close other programs that use the gallery and open it again.</source>
        <translation>请关闭使用该图库的其他程序，然后重新打开图库。</translation>
    </message>
    <message>
        <source>Colours of the window.</source>
        <translation>窗口的颜色。</translation>
    </message>
    <message>
        <source>Compact the index {name}</source>
        <translation>压实索引 {name}</translation>
    </message>
    <message>
        <source>Compare the people of {name}</source>
        <translation>比较 {name} 中的人员</translation>
    </message>
    <message>
        <source>Connection refused</source>
        <translation>连接被拒绝</translation>
    </message>
    <message>
        <source>Connection reset by peer</source>
        <translation>连接被对方重置</translation>
    </message>
    <message>
        <source>Connection timed out</source>
        <translation>连接超时</translation>
    </message>
    <message>
        <source>Copy it again from where it came.</source>
        <translation>请从来源重新复制。</translation>
    </message>
    <message>
        <source>Correct its original_size in the annotations; the other pictures are measured.</source>
        <translation>请在标注中更正其 original_size；其他图片照常测量。</translation>
    </message>
    <message>
        <source>Cut the picture so that it shows one person.</source>
        <translation>请裁剪图片，使其中只有一个人。</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Detection threshold</source>
        <translation>检测阈值</translation>
    </message>
    <message>
        <source>Detector</source>
        <translation>检测器</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Device or resource busy</source>
        <translation>设备或资源正忙</translation>
    </message>
    <message>
        <source>Did you mean {alike}?</source>
        <translation>您是否指 {alike}？</translation>
    </message>
    <message>
        <source>Directory not empty</source>
        <translation>文件夹不为空</translation>
    </message>
    <message>
        <source>Disk quota exceeded</source>
        <translation>超出磁盘配额</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>English</source>
        <translation>English</translation>
    </message>
    <message>
        <source>Enroll a face</source>
        <translation>录入一张人脸</translation>
    </message>
    <message>
        <source>Enroll a face of {name}</source>
        <translation>录入 {name} 的一张人脸</translation>
    </message>
    <message>
        <source>Enroll faces first.</source>
        <translation>请先录入人脸。</translation>
    </message>
    <message>
        <source>Enroll its photo again to replace it.</source>
        <translation>请重新录入其照片以替换。</translation>
    </message>
    <message>
        <source>Enroll {count} faces</source>
        <translation>录入 {count} 张人脸</translation>
    </message>
    <message>
        <source>Enroll {faces} faces of {name}</source>
        <translation>录入 {name} 的 {faces} 张人脸</translation>
    </message>
    <message>
        <source>Enroll {faces} faces of {people} people</source>
        <translation>录入 {people} 位人员的 {faces} 张人脸</translation>
    </message>
    <message>
        <source>Erase {count} people for good</source>
        <translation>彻底清除 {count} 位人员</translation>
    </message>
    <message>
        <source>Erased people have left {file}, but its freed bytes are not written over yet.</source>
        <translation>已清除的人员已不在 {file} 中，但腾出的空间尚未覆写。</translation>
    </message>
    <message>
        <source>Erased, but an index or a journal could not be deleted: {error}.</source>
        <translation>已清除，但有索引或日志无法删除：{error}。</translation>
    </message>
    <message>
        <source>Erased, but the freed bytes of {file} are not written over yet: {error}.</source>
        <translation>已清除，但 {file} 中释放的字节尚未被覆盖：{error}。</translation>
    </message>
    <message>
        <source>Every core</source>
        <translation>全部核心</translation>
    </message>
    <message>
        <source>Export results</source>
        <translation>导出结果</translation>
    </message>
    <message>
        <source>Export the index {name}</source>
        <translation>导出索引 {name}</translation>
    </message>
    <message>
        <source>Face #{face} is not one of {name}.</source>
        <translation>人脸 #{face} 不属于 {name}。</translation>
    </message>
    <message>
        <source>Face feature model</source>
        <translation>人脸特征模型</translation>
    </message>
    <message>
        <source>Faces below are not enrolled; 0 takes every face, 1 none.</source>
        <translation>低于此值的人脸不会录入；0 接受所有人脸，1 不接受任何人脸。</translation>
    </message>
    <message>
        <source>Faces that score less are left out.</source>
        <translation>得分更低的人脸不予采用。</translation>
    </message>
    <message>
        <source>Feature {number} cannot be compared: it is zero or holds something that is no number.</source>
        <translation>特征 {number} 无法比较：它为零，或含有非数值。</translation>
    </message>
    <message>
        <source>Features must come as rows of numbers, not with the shape {shape}.</source>
        <translation>特征必须是由数值组成的行，而不是形状 {shape}。</translation>
    </message>
    <message>
        <source>Features of the model {name} have {length} numbers, not {shape}.</source>
        <translation>模型 {name} 的特征有 {length} 个数值，而不是 {shape}。</translation>
    </message>
    <message>
        <source>Fetch {model}</source>
        <translation>下载 {model}</translation>
    </message>
    <message>
        <source>File exists</source>
        <translation>文件已存在</translation>
    </message>
    <message>
        <source>File name too long</source>
        <translation>文件名过长</translation>
    </message>
    <message>
        <source>Give a file of annotations, or a folder with annotations.json.</source>
        <translation>请给出标注文件，或含有 annotations.json 的文件夹。</translation>
    </message>
    <message>
        <source>Give a folder that PaddleX saved. Nothing was imported and nothing was changed.</source>
        <translation>请给出 PaddleX 保存的文件夹。没有导入任何内容，也没有更改任何内容。</translation>
    </message>
    <message>
        <source>Give at least ten pairs, some of the same person (1) and some of different people (0).</source>
        <translation>请至少给出十对，其中一些是同一人（1），一些是不同的人（0）。</translation>
    </message>
    <message>
        <source>Give pictures, or a folder that holds some.</source>
        <translation>请给出图片，或包含图片的文件夹。</translation>
    </message>
    <message>
        <source>Give the folder or line another name; the others are used.</source>
        <translation>请给该文件夹或该行换一个名称；其余的已采用。</translation>
    </message>
    <message>
        <source>Give the folder that holds the photos; if it is on a drive, connect that first.</source>
        <translation>请给出存放照片的文件夹；如果在移动驱动器上，请先连接。</translation>
    </message>
    <message>
        <source>Give yourself permission to read it.</source>
        <translation>请给自己读取的权限。</translation>
    </message>
    <message>
        <source>Graphics card</source>
        <translation>显卡</translation>
    </message>
    <message>
        <source>Higher finds more surely and takes longer.</source>
        <translation>数值越大找得越可靠，用时越长。</translation>
    </message>
    <message>
        <source>Higher makes a better graph and takes longer to build.</source>
        <translation>数值越大图越好，构建用时越长。</translation>
    </message>
    <message>
        <source>How many people are named per face at most.</source>
        <translation>每张人脸最多列出多少人。</translation>
    </message>
    <message>
        <source>How much nearer than the second person the first must be to count as known.</source>
        <translation>第一位要比第二位近多少才算已知。</translation>
    </message>
    <message>
        <source>How often the camera's picture is searched for faces at most; less often leaves the processor more rest.</source>
        <translation>每秒最多在摄像头画面中查找人脸的次数；次数越少，处理器越轻松。</translation>
    </message>
    <message>
        <source>Import people from {folder}</source>
        <translation>从 {folder} 导入人员</translation>
    </message>
    <message>
        <source>Import {faces} faces from {folder}</source>
        <translation>从 {folder} 导入 {faces} 张人脸</translation>
    </message>
    <message>
        <source>Index</source>
        <translation>索引</translation>
    </message>
    <message>
        <source>Input/output error</source>
        <translation>读写错误</translation>
    </message>
    <message>
        <source>Install it again, or choose another engine in the settings.</source>
        <translation>请重新安装，或在设置中选择其他引擎。</translation>
    </message>
    <message>
        <source>Install it with pip to have that.</source>
        <translation>请用 pip 安装以使用此功能。</translation>
    </message>
    <message>
        <source>Install it: pip install facefolio[heif]</source>
        <translation>请安装：pip install facefolio[heif]</translation>
    </message>
    <message>
        <source>Install one of them, or choose another model with `facefolio models list`.</source>
        <translation>请安装其中之一，或用 `facefolio models list` 选择其他模型。</translation>
    </message>
    <message>
        <source>Install the program again.</source>
        <translation>请重新安装程序。</translation>
    </message>
    <message>
        <source>Intel open_model_zoo, face-reidentification-retail-0095</source>
        <translation>Intel open_model_zoo，face-reidentification-retail-0095</translation>
    </message>
    <message>
        <source>Is a directory</source>
        <translation>是一个文件夹</translation>
    </message>
    <message>
        <source>It can be opened by: {known}.</source>
        <translation>可由以下引擎打开：{known}。</translation>
    </message>
    <message>
        <source>It has no files that any engine reads.</source>
        <translation>它没有任何引擎能读取的文件。</translation>
    </message>
    <message>
        <source>It is as it was; close the programs that use it.</source>
        <translation>它保持原样；请关闭正在使用它的程序。</translation>
    </message>
    <message>
        <source>It is kept as it was; enroll the person from a picture to find them with the new model.</source>
        <translation>它保持原样；请用图片录入此人，以便用新模型找到。</translation>
    </message>
    <message>
        <source>It is made anew from the gallery; no person or face is lost.</source>
        <translation>它将由图库重新生成；不会丢失任何人员或人脸。</translation>
    </message>
    <message>
        <source>It is made anew.</source>
        <translation>它将重新生成。</translation>
    </message>
    <message>
        <source>It is not known where {name} can be fetched.</source>
        <translation>不知道从何处下载 {name}。</translation>
    </message>
    <message>
        <source>It may have been removed; look at the list of people.</source>
        <translation>它可能已被移除；请查看人员列表。</translation>
    </message>
    <message>
        <source>It must be JSON that gives each picture its boxes as x, y, width, height, or a file as dlib writes it.</source>
        <translation>它须为 JSON，为每张图片给出以 x、y、宽、高表示的方框；或为 dlib 所写格式的文件。</translation>
    </message>
    <message>
        <source>It must be a UTF-8 text file.</source>
        <translation>它必须是 UTF-8 文本文件。</translation>
    </message>
    <message>
        <source>It was left as it is.</source>
        <translation>它保持原样。</translation>
    </message>
    <message>
        <source>It was left out: PaddleX takes no blank in a path or a name; write {proposal}, for example.</source>
        <translation>已略过：PaddleX 不接受路径或姓名中的空白；例如可写作 {proposal}。</translation>
    </message>
    <message>
        <source>It was left out; check it, or raise the setting max_megapixels.</source>
        <translation>已略过；请检查，或提高设置 max_megapixels。</translation>
    </message>
    <message>
        <source>It was left out; make it smaller, or raise the setting max_megapixels.</source>
        <translation>已略过；请缩小它，或提高设置 max_megapixels。</translation>
    </message>
    <message>
        <source>It was left untouched. Copy the gallery to where you may write; it is brought up to date there.</source>
        <translation>未作改动。请将图库复制到您可以写入的位置，它会在那里更新。</translation>
    </message>
    <message>
        <source>It was left untouched. Install the newer version.</source>
        <translation>未作改动。请安装更新的版本。</translation>
    </message>
    <message>
        <source>It was left untouched. Restore a backup into a new folder.</source>
        <translation>未作改动。请将备份恢复到新文件夹。</translation>
    </message>
    <message>
        <source>It was left untouched; name another file.</source>
        <translation>未作改动；请指定其他文件。</translation>
    </message>
    <message>
        <source>It was left untouched; name another folder.</source>
        <translation>未作改动；请指定其他文件夹。</translation>
    </message>
    <message>
        <source>It was never saved.</source>
        <translation>从未保存过。</translation>
    </message>
    <message>
        <source>It was saved as another kind, or with other parameters.</source>
        <translation>保存时是另一种类型，或参数不同。</translation>
    </message>
    <message>
        <source>It was saved from another gallery.</source>
        <translation>由另一个图库保存。</translation>
    </message>
    <message>
        <source>It was saved with features of another model.</source>
        <translation>保存时使用另一个模型的特征。</translation>
    </message>
    <message>
        <source>It will be when the gallery is opened next; close other programs that use it and open it again.</source>
        <translation>下次打开图库时会完成；请关闭其他正在使用它的程序，然后重新打开。</translation>
    </message>
    <message>
        <source>It works from memory, the gallery is safe, and it is saved again when there is room.</source>
        <translation>它在内存中运行，图库是安全的，有空间时会再次保存。</translation>
    </message>
    <message>
        <source>Its card does not fit it; check it with `facefolio models check`.</source>
        <translation>其模型卡与它不符；请用 `facefolio models check` 检查。</translation>
    </message>
    <message>
        <source>Keep a copy of it as it is, and restore a backup into a new folder.</source>
        <translation>请原样保留一份副本，并将备份恢复到新文件夹。</translation>
    </message>
    <message>
        <source>Keep a copy of the file as it is, and restore a backup into a new folder.</source>
        <translation>请原样保留该文件的副本，并将备份恢复到新文件夹。</translation>
    </message>
    <message>
        <source>Known are: {known}.</source>
        <translation>可用的有：{known}。</translation>
    </message>
    <message>
        <source>LFW 6000 pairs with the built-in detector, percent</source>
        <translation>LFW 6000 对，使用内置检测器（%）</translation>
    </message>
    <message>
        <source>LFW 6000 pairs, percent</source>
        <translation>LFW 6000 对（%）</translation>
    </message>
    <message>
        <source>LFW pictures with a face at score 0.6, percent</source>
        <translation>LFW 图片中以得分 0.6 检出人脸的比例（%）</translation>
    </message>
    <message>
        <source>LFW, percent</source>
        <translation>LFW（%）</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Language of the window.</source>
        <translation>窗口的语言。</translation>
    </message>
    <message>
        <source>Larger pictures are refused, so that a hostile file cannot fill the memory.</source>
        <translation>更大的图片会被拒绝，以免恶意文件占满内存。</translation>
    </message>
    <message>
        <source>Largest picture</source>
        <translation>最大图片</translation>
    </message>
    <message>
        <source>Least quality</source>
        <translation>最低质量</translation>
    </message>
    <message>
        <source>Left at 0 it is chosen from the number of faces (twice its square root).</source>
        <translation>保持为 0 时按人脸数量选择（其平方根的两倍）。</translation>
    </message>
    <message>
        <source>Let its photo be read again; it was not touched.</source>
        <translation>请让其照片重新读取；它没有被改动。</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Line {line} of {path} is not UTF-8 text.</source>
        <translation>{path} 的第 {line} 行不是 UTF-8 文本。</translation>
    </message>
    <message>
        <source>Line {line} of {path} {what}: {text}.</source>
        <translation>{path} 的第 {line} 行 {what}：{text}。</translation>
    </message>
    <message>
        <source>Links per face</source>
        <translation>每张人脸的连接数</translation>
    </message>
    <message>
        <source>Lists</source>
        <translation>列表数</translation>
    </message>
    <message>
        <source>Lists looked at</source>
        <translation>查看的列表数</translation>
    </message>
    <message>
        <source>Live analyses</source>
        <translation>实时分析</translation>
    </message>
    <message>
        <source>Look at the faces of {what}</source>
        <translation>查看 {what} 的人脸</translation>
    </message>
    <message>
        <source>Look at the problems that were named.</source>
        <translation>请查看列出的问题。</translation>
    </message>
    <message>
        <source>Looks again at quarter turns when no face is found.</source>
        <translation>没有找到人脸时，再按四分之一圈旋转后查找。</translation>
    </message>
    <message>
        <source>Looks at every face: exact, nothing to set; best up to about 100,000 faces.</source>
        <translation>查看每张人脸：结果精确，无需设置；最适合约 100,000 张人脸以内。</translation>
    </message>
    <message>
        <source>Looks more like {other} than {name}.</source>
        <translation>更像 {other} 而不是 {name}。</translation>
    </message>
    <message>
        <source>Made for this project from scratch: LFW training pictures, a sample of Glint360K and drawn people, taught by the maps and outputs of face-reidentification-retail-0095 (Apache-2.0).</source>
        <translation>为本项目从零训练：使用 LFW 训练图片、Glint360K 的部分样本和绘制的人物，以 face-reidentification-retail-0095（Apache-2.0）的特征图和输出为教师。</translation>
    </message>
    <message>
        <source>Made for this project from scratch: photos and drawn people, taught by the maps and outputs of YuNet-n (Apache-2.0).</source>
        <translation>为本项目从零训练：使用照片和绘制的人物，以 YuNet-n（Apache-2.0）的特征图和输出为教师。</translation>
    </message>
    <message>
        <source>Make a new one or open one from the File menu.</source>
        <translation>请在“文件”菜单中新建或打开一个。</translation>
    </message>
    <message>
        <source>Make a new one there, in the window or by `facefolio gallery new`, or choose another folder.</source>
        <translation>请在那里新建一个图库（在窗口中，或用 `facefolio gallery new`），或者选择另一个文件夹。</translation>
    </message>
    <message>
        <source>Make it smaller, or lower the setting max_megapixels.</source>
        <translation>请缩小它，或降低设置 max_megapixels。</translation>
    </message>
    <message>
        <source>Make room there. What has arrived is kept: try again and it goes on from there.</source>
        <translation>请在那里腾出空间。已收到的部分会保留：重试时从中断处继续。</translation>
    </message>
    <message>
        <source>Make the sample gallery</source>
        <translation>生成示例图库</translation>
    </message>
    <message>
        <source>Make them anew from the stored pictures, or restore a backup into a new folder.</source>
        <translation>请由保存的图片重新生成，或将备份恢复到新文件夹。</translation>
    </message>
    <message>
        <source>Margin</source>
        <translation>余量</translation>
    </message>
    <message>
        <source>Measure the models</source>
        <translation>为模型测速</translation>
    </message>
    <message>
        <source>Measure {model}</source>
        <translation>为 {model} 测速</translation>
    </message>
    <message>
        <source>Merge {others} into {name}</source>
        <translation>将 {others} 并入 {name}</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>More find more surely; they take memory and time to build.</source>
        <translation>越多找得越可靠；需要更多内存和构建时间。</translation>
    </message>
    <message>
        <source>Move a face to {name}</source>
        <translation>将一张人脸移到 {name}</translation>
    </message>
    <message>
        <source>Move it into a person's folder, or enroll it alone with a name.</source>
        <translation>请将它移入某人的文件夹，或单独录入并给出姓名。</translation>
    </message>
    <message>
        <source>Move {count} faces to {name}</source>
        <translation>将 {count} 张人脸移到 {name}</translation>
    </message>
    <message>
        <source>Move {gallery} to {model}</source>
        <translation>将 {gallery} 迁移到 {model}</translation>
    </message>
    <message>
        <source>Name a picture inside it.</source>
        <translation>请指定其中的图片。</translation>
    </message>
    <message>
        <source>Name one by its number: {ids}.</source>
        <translation>请用编号指定一位：{ids}。</translation>
    </message>
    <message>
        <source>Name them in the card's `inputs` as im_shape or scale_factor.</source>
        <translation>请在模型卡的 `inputs` 中将它们标明为 im_shape 或 scale_factor。</translation>
    </message>
    <message>
        <source>Name {count} faces</source>
        <translation>为 {count} 张人脸命名</translation>
    </message>
    <message>
        <source>Named {name} a moment ago; {similarity} now.</source>
        <translation>刚才识别为 {name}；现在为 {similarity}。</translation>
    </message>
    <message>
        <source>Near enough with {similarity}, {margin} nearer than {second}.</source>
        <translation>足够接近：{similarity}，比 {second} 近 {margin}。</translation>
    </message>
    <message>
        <source>Near enough with {similarity}; nobody else was compared.</source>
        <translation>足够接近：{similarity}；没有与其他人比较。</translation>
    </message>
    <message>
        <source>Near: {near}. `facefolio models list` shows all of them.</source>
        <translation>相近的有：{near}。`facefolio models list` 可列出全部。</translation>
    </message>
    <message>
        <source>Network is unreachable</source>
        <translation>网络不可达</translation>
    </message>
    <message>
        <source>New person {name}</source>
        <translation>新建人员 {name}</translation>
    </message>
    <message>
        <source>No file was written.</source>
        <translation>没有写入任何文件。</translation>
    </message>
    <message>
        <source>No gallery is open.</source>
        <translation>没有打开的图库。</translation>
    </message>
    <message>
        <source>No installed engine can open the model {name}. {reasons}</source>
        <translation>已安装的引擎都无法打开模型 {name}。{reasons}</translation>
    </message>
    <message>
        <source>No installed engine can open {path}.</source>
        <translation>已安装的引擎都无法打开 {path}。</translation>
    </message>
    <message>
        <source>No model is open.</source>
        <translation>没有打开的模型。</translation>
    </message>
    <message>
        <source>No pictures found in {inputs}.</source>
        <translation>在 {inputs} 中未找到图片。</translation>
    </message>
    <message>
        <source>No pictures found in {sources}.</source>
        <translation>在 {sources} 中未找到图片。</translation>
    </message>
    <message>
        <source>No space left on device</source>
        <translation>磁盘空间不足</translation>
    </message>
    <message>
        <source>No such file or directory</source>
        <translation>没有该文件或文件夹</translation>
    </message>
    <message>
        <source>Nobody is named twice in one photo.</source>
        <translation>同一张照片中不会两次给出同一姓名。</translation>
    </message>
    <message>
        <source>Nobody is named yet.</source>
        <translation>尚未命名任何人。</translation>
    </message>
    <message>
        <source>Nobody is near enough: {name} comes first with {similarity}, below {limit}.</source>
        <translation>没有足够接近的人：最接近的是 {name}，{similarity}，低于 {limit}。</translation>
    </message>
    <message>
        <source>Nobody was enrolled; do it again.</source>
        <translation>没有录入任何人；请再试一次。</translation>
    </message>
    <message>
        <source>Nobody was erased.</source>
        <translation>没有清除任何人。</translation>
    </message>
    <message>
        <source>None of the {count} pictures that could be read has a face of {least:g} pixels or more.</source>
        <translation>能读取的 {count} 张图片中，没有一张含有不小于 {least:g} 像素的人脸。</translation>
    </message>
    <message>
        <source>NormalizeFeatures alone</source>
        <translation>仅含 NormalizeFeatures</translation>
    </message>
    <message>
        <source>Not a directory</source>
        <translation>不是文件夹</translation>
    </message>
    <message>
        <source>Not a face</source>
        <translation>不是人脸</translation>
    </message>
    <message>
        <source>Not faces: {count}</source>
        <translation>{count} 处不是人脸</translation>
    </message>
    <message>
        <source>Not {name}</source>
        <translation>不是 {name}</translation>
    </message>
    <message>
        <source>Notes about {name}</source>
        <translation>{name} 的备注</translation>
    </message>
    <message>
        <source>Nothing that was recognized or enrolled is lost. Check its cable or network. It is tried again by itself.</source>
        <translation>已识别和已录入的内容不会丢失。请检查线缆或网络。程序会自动重试。</translation>
    </message>
    <message>
        <source>Nothing that was recognized or enrolled is lost. It is tried again by itself.</source>
        <translation>已识别和已录入的内容不会丢失。程序会自动重试。</translation>
    </message>
    <message>
        <source>Nothing that was recognized or enrolled is lost. Start it again, or choose another source.</source>
        <translation>已识别和已录入的内容不会丢失。请重新启动，或选择其他来源。</translation>
    </message>
    <message>
        <source>Nothing that was recognized or enrolled is lost. Unplug it and plug it in again. It is tried again by itself.</source>
        <translation>已识别和已录入的内容不会丢失。请拔下后重新插入。程序会自动重试。</translation>
    </message>
    <message>
        <source>Nothing that was recognized or enrolled is lost. Was it unplugged, or taken by another program? It is tried again by itself.</source>
        <translation>已识别和已录入的内容不会丢失。它是否被拔下，或被其他程序占用？程序会自动重试。</translation>
    </message>
    <message>
        <source>Nothing was added, and nothing of it was kept.</source>
        <translation>没有添加任何内容，也没有保留任何部分。</translation>
    </message>
    <message>
        <source>Nothing was added, and what had arrived was dropped: try again, or fetch it elsewhere and add its folder.</source>
        <translation>没有添加任何内容，已收到的部分已丢弃：请重试，或从别处获取后添加其文件夹。</translation>
    </message>
    <message>
        <source>Nothing was added.</source>
        <translation>没有添加任何内容。</translation>
    </message>
    <message>
        <source>Nothing was added. An ONNX file, an OpenVINO .xml with its .bin, or a folder with a Paddle model is wanted.</source>
        <translation>没有添加任何内容。需要 ONNX 文件、带 .bin 的 OpenVINO .xml，或包含 Paddle 模型的文件夹。</translation>
    </message>
    <message>
        <source>Nothing was added. Correct the card, or take the model's other form.</source>
        <translation>没有添加任何内容。请更正模型卡，或使用模型的其他形式。</translation>
    </message>
    <message>
        <source>Nothing was added. How its pictures are prepared cannot be seen from the file: complete these lines, save them as card.yaml and give the file with --card:
{skeleton}</source>
        <translation>没有添加任何内容。仅凭文件看不出图片如何预处理：请补全以下各行，保存为 card.yaml，并用 --card 给出该文件：
{skeleton}</translation>
    </message>
    <message>
        <source>Nothing was added. Install one: `pip install facefolio[openvino]` or `pip install facefolio[paddle]`.</source>
        <translation>没有添加任何内容。请安装其中之一：`pip install facefolio[openvino]` 或 `pip install facefolio[paddle]`。</translation>
    </message>
    <message>
        <source>Nothing was added. Known are: {known}.</source>
        <translation>没有添加任何内容。可用的有：{known}。</translation>
    </message>
    <message>
        <source>Nothing was added. Make room and try again: what has arrived is kept.</source>
        <translation>没有添加任何内容。请腾出空间后重试：已收到的部分会保留。</translation>
    </message>
    <message>
        <source>Nothing was added. The file is damaged or the card belongs to another one.</source>
        <translation>没有添加任何内容。文件已损坏，或模型卡属于另一个文件。</translation>
    </message>
    <message>
        <source>Nothing was added; give another name with --name, or remove that one.</source>
        <translation>没有添加任何内容；请用 --name 另取名称，或移除那一个。</translation>
    </message>
    <message>
        <source>Nothing was added; give one of the files.</source>
        <translation>没有添加任何内容；请给出其中一个文件。</translation>
    </message>
    <message>
        <source>Nothing was added; put it beside.</source>
        <translation>没有添加任何内容；请将它放在旁边。</translation>
    </message>
    <message>
        <source>Nothing was added; try again.</source>
        <translation>没有添加任何内容；请重试。</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>没有更改任何内容。</translation>
    </message>
    <message>
        <source>Nothing was changed. Add that model, or choose another for the gallery: in the window, or with `facefolio models use NAME --gallery FOLDER`.</source>
        <translation>没有更改任何内容。请添加该模型，或为图库选择另一个模型：在窗口中，或用 `facefolio models use NAME --gallery FOLDER`。</translation>
    </message>
    <message>
        <source>Nothing was changed. Downloading needs the network; a model folder that you have can be added without: `facefolio models add FOLDER`.</source>
        <translation>没有更改任何内容。下载需要网络；手头已有的模型文件夹可以离线添加：`facefolio models add FOLDER`。</translation>
    </message>
    <message>
        <source>Nothing was changed. Get the file of the model again, or choose another model: Models, or `facefolio models`.</source>
        <translation>没有更改任何内容。请重新获取模型文件，或选择其他模型：“模型”窗口，或 `facefolio models`。</translation>
    </message>
    <message>
        <source>Nothing was changed. If you have its folder: `facefolio models add FOLDER`.</source>
        <translation>没有更改任何内容。如果您有其文件夹：`facefolio models add FOLDER`。</translation>
    </message>
    <message>
        <source>Nothing was changed. Its features can be made anew from its own pictures: `facefolio models use {model} --gallery FOLDER`, or choose the model for the gallery in the window.</source>
        <translation>没有更改任何内容。可用图库自己的图片重新计算特征：`facefolio models use {model} --gallery FOLDER`，或在窗口中为图库选择该模型。</translation>
    </message>
    <message>
        <source>Nothing was changed. Mend the file or take another one.</source>
        <translation>没有更改任何内容。请修正该文件或换一个文件。</translation>
    </message>
    <message>
        <source>Nothing was changed. Mend the file, or choose another.</source>
        <translation>没有更改任何内容。请修正该文件，或选择其他文件。</translation>
    </message>
    <message>
        <source>Nothing was changed. Only addresses that begin with https:// are fetched.</source>
        <translation>没有更改任何内容。只下载以 https:// 开头的地址。</translation>
    </message>
    <message>
        <source>Nothing was changed. Put its folder or drive back and open it again, or restore a backup.</source>
        <translation>没有更改任何内容。请将其文件夹或磁盘放回后重新打开，或恢复备份。</translation>
    </message>
    <message>
        <source>Nothing was changed. Undo the newer changes first: Edit, Undo.</source>
        <translation>没有做任何更改。请先在“编辑”菜单中撤销较新的更改。</translation>
    </message>
    <message>
        <source>Nothing was changed. {note}</source>
        <translation>没有更改任何内容。{note}</translation>
    </message>
    <message>
        <source>Nothing was changed; IP or L2.</source>
        <translation>没有更改任何内容；只能是 IP 或 L2。</translation>
    </message>
    <message>
        <source>Nothing was changed; all that was kept before is safe. Copy its folder to where you may write.</source>
        <translation>没有更改任何内容；原有内容都安全。请将其文件夹复制到您可以写入的位置。</translation>
    </message>
    <message>
        <source>Nothing was changed; all that was kept before is safe. Copy the gallery to where you may write.</source>
        <translation>没有更改任何内容；原有内容都安全。请将图库复制到您可以写入的位置。</translation>
    </message>
    <message>
        <source>Nothing was changed; all that was kept before is safe. Look at its permissions.</source>
        <translation>没有更改任何内容；原有内容都安全。请检查其权限。</translation>
    </message>
    <message>
        <source>Nothing was changed; all that was kept before is safe. Look at the disk, then try again.</source>
        <translation>没有更改任何内容；原有内容都安全。请检查磁盘后重试。</translation>
    </message>
    <message>
        <source>Nothing was changed; all that was kept before is safe. Make room and do it again.</source>
        <translation>没有更改任何内容；原有内容都安全。请腾出空间后重做。</translation>
    </message>
    <message>
        <source>Nothing was changed; all that was kept before is safe. Try again when it has finished.</source>
        <translation>没有更改任何内容；原有内容都安全。请等它完成后重试。</translation>
    </message>
    <message>
        <source>Nothing was changed; another detector may be in use now. Tag its folder again.</source>
        <translation>没有更改任何内容；现在使用的可能是另一个检测器。请重新标注其文件夹。</translation>
    </message>
    <message>
        <source>Nothing was changed; at most {most} are taken.</source>
        <translation>没有更改任何内容；最多接受 {most}。</translation>
    </message>
    <message>
        <source>Nothing was changed; check the gallery, or restore a backup into a new folder.</source>
        <translation>没有更改任何内容；请检查图库，或将备份恢复到新文件夹。</translation>
    </message>
    <message>
        <source>Nothing was changed; check the gallery.</source>
        <translation>没有更改任何内容；请检查图库。</translation>
    </message>
    <message>
        <source>Nothing was changed; choose another place or make room.</source>
        <translation>没有更改任何内容；请选择其他位置或腾出空间。</translation>
    </message>
    <message>
        <source>Nothing was changed; give a list of lines.</source>
        <translation>没有更改任何内容；请给出由各行组成的列表。</translation>
    </message>
    <message>
        <source>Nothing was changed; give a name.</source>
        <translation>没有更改任何内容；请给出姓名。</translation>
    </message>
    <message>
        <source>Nothing was changed; give the other model a space of its own.</source>
        <translation>没有更改任何内容；请为另一个模型指定它自己的空间。</translation>
    </message>
    <message>
        <source>Nothing was changed; its folder cannot be written. Copy it to where you may write.</source>
        <translation>没有更改任何内容；其文件夹不可写。请复制到您可以写入的位置。</translation>
    </message>
    <message>
        <source>Nothing was changed; known are: {known}.</source>
        <translation>没有更改任何内容；可用的有：{known}。</translation>
    </message>
    <message>
        <source>Nothing was changed; leave out line ends and control characters.</source>
        <translation>没有更改任何内容；请去掉换行和控制字符。</translation>
    </message>
    <message>
        <source>Nothing was changed; look at it again.</source>
        <translation>没有更改任何内容；请再看一下。</translation>
    </message>
    <message>
        <source>Nothing was changed; make another index for chosen people.</source>
        <translation>没有更改任何内容；请为选定的人员另建索引。</translation>
    </message>
    <message>
        <source>Nothing was changed; mend the file or remove it to start from the defaults.</source>
        <translation>没有更改任何内容；请修正该文件，或将其移除以恢复默认值。</translation>
    </message>
    <message>
        <source>Nothing was changed; mend the file.</source>
        <translation>没有更改任何内容；请修正该文件。</translation>
    </message>
    <message>
        <source>Nothing was changed; name the face instead.</source>
        <translation>没有更改任何内容；请改为给人脸命名。</translation>
    </message>
    <message>
        <source>Nothing was changed; normalise them first.</source>
        <translation>没有更改任何内容；请先将其归一化。</translation>
    </message>
    <message>
        <source>Nothing was changed; restore a backup into a new folder.</source>
        <translation>没有更改任何内容；请将备份恢复到新文件夹。</translation>
    </message>
    <message>
        <source>Nothing was changed; save the list as UTF-8 (it may be in GBK or another local encoding).</source>
        <translation>没有更改任何内容；请将列表保存为 UTF-8（它可能是 GBK 或其他本地编码）。</translation>
    </message>
    <message>
        <source>Nothing was changed; somebody may have been removed meanwhile. Look at the list of people.</source>
        <translation>没有更改任何内容；其间可能有人被移除。请查看人员列表。</translation>
    </message>
    <message>
        <source>Nothing was changed; tag its folder again.</source>
        <translation>没有更改任何内容；请重新标注其文件夹。</translation>
    </message>
    <message>
        <source>Nothing was changed; take the features of that model.</source>
        <translation>没有更改任何内容；请采用该模型的特征。</translation>
    </message>
    <message>
        <source>Nothing was changed; take up to 64 letters, digits, spaces, - and _.</source>
        <translation>没有更改任何内容；最多 64 个字母、数字、空格、- 和 _。</translation>
    </message>
    <message>
        <source>Nothing was changed; try again in a moment.</source>
        <translation>没有更改任何内容；请稍后重试。</translation>
    </message>
    <message>
        <source>Nothing was changed; wait until it is nearer and faces the camera.</source>
        <translation>没有更改任何内容；请等其靠近并面向摄像头。</translation>
    </message>
    <message>
        <source>Nothing was done; give another file.</source>
        <translation>没有执行任何操作；请给出其他文件。</translation>
    </message>
    <message>
        <source>Nothing was done; give the name of a file to write.</source>
        <translation>没有执行任何操作；请给出要写入的文件名。</translation>
    </message>
    <message>
        <source>Nothing was done; give the name of a file.</source>
        <translation>没有执行任何操作；请给出文件名。</translation>
    </message>
    <message>
        <source>Nothing was enrolled. Choose photos, or a folder that holds a folder of photos for each person.</source>
        <translation>没有录入任何内容。请选择照片，或选择一个为每个人各放一个照片文件夹的文件夹。</translation>
    </message>
    <message>
        <source>Nothing was enrolled; check the path.</source>
        <translation>没有录入任何内容；请检查路径。</translation>
    </message>
    <message>
        <source>Nothing was enrolled; enroll the list by itself.</source>
        <translation>没有录入任何内容；请单独录入该列表。</translation>
    </message>
    <message>
        <source>Nothing was enrolled; give another name.</source>
        <translation>没有录入任何内容；请换一个姓名。</translation>
    </message>
    <message>
        <source>Nothing was enrolled; give yourself permission to read it.</source>
        <translation>没有录入任何内容；请给自己读取的权限。</translation>
    </message>
    <message>
        <source>Nothing was enrolled; look at them again.</source>
        <translation>没有录入任何内容；请再查看一次。</translation>
    </message>
    <message>
        <source>Nothing was enrolled; say whom it shows.</source>
        <translation>没有录入任何内容；请说明图片中是谁。</translation>
    </message>
    <message>
        <source>Nothing was fetched.</source>
        <translation>没有下载任何内容。</translation>
    </message>
    <message>
        <source>Nothing was imported and nothing was changed.</source>
        <translation>没有导入任何内容，也没有更改任何内容。</translation>
    </message>
    <message>
        <source>Nothing was imported.</source>
        <translation>没有导入任何内容。</translation>
    </message>
    <message>
        <source>Nothing was imported. Choose the model that made the index; add it first if it is not here.</source>
        <translation>没有导入任何内容。请选择建立该索引的模型；本机没有时请先添加。</translation>
    </message>
    <message>
        <source>Nothing was imported. Remove that id from the index, or build it anew.</source>
        <translation>没有导入任何内容。请从索引中移除该 id，或重新构建索引。</translation>
    </message>
    <message>
        <source>Nothing was imported. Take a gallery without faces, and the model that made the index.</source>
        <translation>没有导入任何内容。请使用没有人脸的图库，并选择建立该索引的模型。</translation>
    </message>
    <message>
        <source>Nothing was imported; import into a gallery of its own.</source>
        <translation>没有导入任何内容；请导入到单独的图库。</translation>
    </message>
    <message>
        <source>Nothing was made; name a folder that you may write.</source>
        <translation>没有创建任何内容；请指定您可以写入的文件夹。</translation>
    </message>
    <message>
        <source>Nothing was restored; look for its name.</source>
        <translation>没有恢复任何内容；请查找其名称。</translation>
    </message>
    <message>
        <source>Nothing was restored; name a folder that is empty or new.</source>
        <translation>没有恢复任何内容；请指定空文件夹或新文件夹。</translation>
    </message>
    <message>
        <source>Nothing was restored; take another backup.</source>
        <translation>没有恢复任何内容；请使用其他备份。</translation>
    </message>
    <message>
        <source>Nothing was searched.</source>
        <translation>没有进行搜索。</translation>
    </message>
    <message>
        <source>Nothing was searched; the model or its card is wrong.</source>
        <translation>没有进行搜索；模型或其模型卡有误。</translation>
    </message>
    <message>
        <source>Nothing was stored for this picture. Try another engine or device in the settings.</source>
        <translation>没有为此图片保存任何内容。请在设置中尝试其他引擎或设备。</translation>
    </message>
    <message>
        <source>Nothing was written. Choose the model in the settings that the index was made with, or another index.</source>
        <translation>没有写入任何内容。请在设置中选择建立该索引的模型，或另选一个索引。</translation>
    </message>
    <message>
        <source>Nothing was written; choose a new or empty folder for the annotated pictures.</source>
        <translation>没有写入任何内容；请为标注图片选择新的或空的文件夹。</translation>
    </message>
    <message>
        <source>Nothing was written; choose another folder for the annotated pictures.</source>
        <translation>没有写入任何内容；请为标注图片选择其他文件夹。</translation>
    </message>
    <message>
        <source>Nothing was written; choose another folder.</source>
        <translation>没有写入任何内容；请选择其他文件夹。</translation>
    </message>
    <message>
        <source>Nothing was written; choose another with --out.</source>
        <translation>没有写入任何内容；请用 --out 另选一个。</translation>
    </message>
    <message>
        <source>Nothing was written; name a file in another folder, and not {name}.</source>
        <translation>没有写入任何内容；请指定其他文件夹中的文件，而不是 {name}。</translation>
    </message>
    <message>
        <source>ONNX Runtime</source>
        <translation>ONNX Runtime</translation>
    </message>
    <message>
        <source>Of {count} faces the one like the other pictures of {name}.</source>
        <translation>{count} 张人脸中与 {name} 的其他图片相似的那张。</translation>
    </message>
    <message>
        <source>Once per photo</source>
        <translation>每张照片一次</translation>
    </message>
    <message>
        <source>Only added models can be removed.</source>
        <translation>只能移除添加的模型。</translation>
    </message>
    <message>
        <source>Only faces of photos can be judged, and this one has none.</source>
        <translation>只能判断照片中的人脸，而此人脸没有照片。</translation>
    </message>
    <message>
        <source>Only files can be read as pictures.</source>
        <translation>只有文件可以作为图片读取。</translation>
    </message>
    <message>
        <source>Only {count} of {all} pairs have a face in both pictures: too few to evaluate.</source>
        <translation>{all} 对中只有 {count} 对在两张图片中都有人脸：数量太少，无法评估。</translation>
    </message>
    <message>
        <source>Open it in another program to see what it is.</source>
        <translation>请用其他程序打开，看看它是什么。</translation>
    </message>
    <message>
        <source>Open the model again.</source>
        <translation>请重新打开模型。</translation>
    </message>
    <message>
        <source>OpenVINO</source>
        <translation>OpenVINO</translation>
    </message>
    <message>
        <source>OpenVINO sees no Intel GPU on this machine</source>
        <translation>OpenVINO 在本机未发现 Intel GPU</translation>
    </message>
    <message>
        <source>Operation not permitted</source>
        <translation>操作不被允许</translation>
    </message>
    <message>
        <source>Or choose another engine in the settings.</source>
        <translation>或在设置中选择其他引擎。</translation>
    </message>
    <message>
        <source>Paddle</source>
        <translation>Paddle</translation>
    </message>
    <message>
        <source>Paddle sees no GPU on this machine</source>
        <translation>Paddle 在本机未发现 GPU</translation>
    </message>
    <message>
        <source>PaddleX 3</source>
        <translation>PaddleX 3</translation>
    </message>
    <message>
        <source>PaddleX cannot run the whole pipeline on {engine}; it will choose by itself.</source>
        <translation>PaddleX 无法让整个流程在 {engine} 上运行；它会自行选择。</translation>
    </message>
    <message>
        <source>PaddleX cannot run {name}: it is no PaddleX model with Paddle files.</source>
        <translation>PaddleX 无法运行 {name}：它不是带有 Paddle 文件的 PaddleX 模型。</translation>
    </message>
    <message>
        <source>PaddleX does not filter by a det_threshold that is a whole number ({value}); here it does.</source>
        <translation>det_threshold 为整数（{value}）时 PaddleX 不做过滤；这里会过滤。</translation>
    </message>
    <message>
        <source>People, faces or names have changed since it was saved.</source>
        <translation>保存之后人员、人脸或姓名有了变化。</translation>
    </message>
    <message>
        <source>Permission denied</source>
        <translation>没有权限</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>Plug it in. It is tried again by itself.</source>
        <translation>请将它插上。程序会自动重试。</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>Processor threads for the models.</source>
        <translation>模型使用的处理器线程数。</translation>
    </message>
    <message>
        <source>Read-only file system</source>
        <translation>文件系统为只读</translation>
    </message>
    <message>
        <source>Rebuild the index {name}</source>
        <translation>重建索引 {name}</translation>
    </message>
    <message>
        <source>Recognition</source>
        <translation>识别</translation>
    </message>
    <message>
        <source>Recognition threshold</source>
        <translation>识别阈值</translation>
    </message>
    <message>
        <source>Remove a face</source>
        <translation>移除一张人脸</translation>
    </message>
    <message>
        <source>Remove people from the index {name}</source>
        <translation>从索引 {name} 移除人员</translation>
    </message>
    <message>
        <source>Remove the index {name}</source>
        <translation>移除索引 {name}</translation>
    </message>
    <message>
        <source>Remove the model and add it again.</source>
        <translation>请移除该模型后重新添加。</translation>
    </message>
    <message>
        <source>Remove {count} faces</source>
        <translation>移除 {count} 张人脸</translation>
    </message>
    <message>
        <source>Remove {names}</source>
        <translation>移除 {names}</translation>
    </message>
    <message>
        <source>Remove {people} from the index {name}</source>
        <translation>从索引 {name} 移除 {people}</translation>
    </message>
    <message>
        <source>Rename {old} to {new}</source>
        <translation>将 {old} 重命名为 {new}</translation>
    </message>
    <message>
        <source>Restore {file}</source>
        <translation>恢复 {file}</translation>
    </message>
    <message>
        <source>Row {number} ({path}, {name}) cannot stand in a list for PaddleX.</source>
        <translation>第 {number} 行（{path}，{name}）不能写入 PaddleX 的列表。</translation>
    </message>
    <message>
        <source>Runtime of the models; automatic takes the quickest that was measured on this machine.</source>
        <translation>模型的运行时；“自动”采用在本机测得最快的一个。</translation>
    </message>
    <message>
        <source>Say of {count} faces who they are not</source>
        <translation>说明 {count} 张人脸不是谁</translation>
    </message>
    <message>
        <source>Searches are right all the same; compact it to save it anew.</source>
        <translation>搜索结果依然正确；压实即可重新保存。</translation>
    </message>
    <message>
        <source>Seen only just now.</source>
        <translation>刚刚看到。</translation>
    </message>
    <message>
        <source>Serving has no setting; it counts for `facefolio serve --pipeline`.</source>
        <translation>Serving 没有对应的设置；它用于 `facefolio serve --pipeline`。</translation>
    </message>
    <message>
        <source>Set the index {name}</source>
        <translation>设置索引 {name}</translation>
    </message>
    <message>
        <source>Several people are called {name}: choose which.</source>
        <translation>有多位人员名为 {name}：请选择是哪一位。</translation>
    </message>
    <message>
        <source>ShiqiYu/libfacedetection.train, commit 0047ac24af</source>
        <translation>ShiqiYu/libfacedetection.train，提交 0047ac24af</translation>
    </message>
    <message>
        <source>Similarity from which a person counts as known.</source>
        <translation>相似度达到此值，人员即算已知。</translation>
    </message>
    <message>
        <source>Similarity from which a person is proposed at all.</source>
        <translation>相似度达到此值，才会建议人员。</translation>
    </message>
    <message>
        <source>Some of the faces that were being enrolled were erased meanwhile.</source>
        <translation>正在录入的人脸中有一些在此期间被清除。</translation>
    </message>
    <message>
        <source>Sorts the faces into lists and looks into the nearest ones: quick to build, little extra memory.</source>
        <translation>将人脸分入各列表，只查看最近的几个：构建快，额外内存少。</translation>
    </message>
    <message>
        <source>TAR at FAR 1e-2 with the built-in detector, percent</source>
        <translation>FAR 1e-2 时的 TAR，使用内置检测器（%）</translation>
    </message>
    <message>
        <source>TAR at FAR 1e-2, percent</source>
        <translation>FAR 1e-2 时的 TAR（%）</translation>
    </message>
    <message>
        <source>TAR at FAR 1e-3 with the built-in detector, percent</source>
        <translation>FAR 1e-3 时的 TAR，使用内置检测器（%）</translation>
    </message>
    <message>
        <source>TAR at FAR 1e-3, percent</source>
        <translation>FAR 1e-3 时的 TAR（%）</translation>
    </message>
    <message>
        <source>Tag {folder}</source>
        <translation>标注 {folder}</translation>
    </message>
    <message>
        <source>Take back what was said of {count} faces</source>
        <translation>收回对 {count} 张人脸的说明</translation>
    </message>
    <message>
        <source>The ONNX form of {name} answers differently from Paddle: by {found:.2g}.</source>
        <translation>{name} 的 ONNX 形式与 Paddle 的结果不同：相差 {found:.2g}。</translation>
    </message>
    <message>
        <source>The annotated picture of {photo} would take the place of the photo.</source>
        <translation>{photo} 的标注图片会占用原照片的位置。</translation>
    </message>
    <message>
        <source>The archive holds {count} folders with {name}, not one.</source>
        <translation>压缩包中含 {name} 的文件夹有 {count} 个，而不是一个。</translation>
    </message>
    <message>
        <source>The archive holds {found}, not {name}.</source>
        <translation>压缩包中是 {found}，而不是 {name}。</translation>
    </message>
    <message>
        <source>The backup {file} cannot be written: {error}.</source>
        <translation>备份 {file} 无法写入：{error}。</translation>
    </message>
    <message>
        <source>The backup {file} is damaged: {found}.</source>
        <translation>备份 {file} 已损坏：{found}。</translation>
    </message>
    <message>
        <source>The camera and the gallery are not affected; the next frames are tried. The log tells more.</source>
        <translation>摄像头和图库不受影响；将继续尝试后面的画面。日志中有更多信息。</translation>
    </message>
    <message>
        <source>The card names a decoder that does not fit this model; check it with `facefolio models check`.</source>
        <translation>模型卡指定的解码器不适合此模型；请用 `facefolio models check` 检查。</translation>
    </message>
    <message>
        <source>The card of this model does not fit the model; check it with `facefolio models check`.</source>
        <translation>此模型的模型卡与模型不符；请用 `facefolio models check` 检查。</translation>
    </message>
    <message>
        <source>The card of {name} names the decoder {decoder!r}, which is not known here.</source>
        <translation>{name} 的模型卡指定了解码器 {decoder!r}，此处不认识它。</translation>
    </message>
    <message>
        <source>The detector answered for another number of pictures than it was given.</source>
        <translation>检测器返回的图片数与输入的不一致。</translation>
    </message>
    <message>
        <source>The detector has not the twelve outputs of its kind.</source>
        <translation>检测器没有此类型应有的十二个输出。</translation>
    </message>
    <message>
        <source>The detector {name} has inputs whose meaning its card does not tell: {inputs}.</source>
        <translation>检测器 {name} 有模型卡未说明含义的输入：{inputs}。</translation>
    </message>
    <message>
        <source>The detector's grid does not fit its input.</source>
        <translation>检测器的网格与其输入不符。</translation>
    </message>
    <message>
        <source>The detector's outputs are not rows of six numbers and their counts.</source>
        <translation>检测器的输出不是每行六个数值及其计数。</translation>
    </message>
    <message>
        <source>The disk of {file} is full.</source>
        <translation>{file} 所在的磁盘已满。</translation>
    </message>
    <message>
        <source>The face is blurred.</source>
        <translation>人脸模糊。</translation>
    </message>
    <message>
        <source>The face is of low quality: {score}, and {least} is asked for.</source>
        <translation>人脸质量低：{score}，要求至少 {least}。</translation>
    </message>
    <message>
        <source>The face is small: {pixels} pixels.</source>
        <translation>人脸很小：{pixels} 像素。</translation>
    </message>
    <message>
        <source>The face is turned away: about {degrees}°.</source>
        <translation>人脸侧转：约 {degrees}°。</translation>
    </message>
    <message>
        <source>The face looks down: about {degrees}°.</source>
        <translation>人脸朝下：约 {degrees}°。</translation>
    </message>
    <message>
        <source>The face looks up: about {degrees}°.</source>
        <translation>人脸朝上：约 {degrees}°。</translation>
    </message>
    <message>
        <source>The faces were seen by another model than {model}.</source>
        <translation>这些人脸由 {model} 以外的模型得到。</translation>
    </message>
    <message>
        <source>The features have {asked} numbers, those of the gallery {held}.</source>
        <translation>特征有 {asked} 个数值，图库中的有 {held} 个。</translation>
    </message>
    <message>
        <source>The field {field} is not known and has no effect.</source>
        <translation>字段 {field} 无法识别，不起作用。</translation>
    </message>
    <message>
        <source>The file was not used; nothing was changed. Build the index anew from its gallery.</source>
        <translation>没有使用该文件；没有更改任何内容。请由其图库重新构建索引。</translation>
    </message>
    <message>
        <source>The folder is as it was, and nothing was written.</source>
        <translation>文件夹保持原样，没有写入任何内容。</translation>
    </message>
    <message>
        <source>The gallery and any older backup are as they were.</source>
        <translation>图库和先前的备份都保持原样。</translation>
    </message>
    <message>
        <source>The gallery holds features of shape {shape}, but its model says {length}.</source>
        <translation>图库中特征的形状为 {shape}，但其模型为 {length}。</translation>
    </message>
    <message>
        <source>The gallery holds nobody to compare with.</source>
        <translation>图库中没有可比较的人。</translation>
    </message>
    <message>
        <source>The gallery is safe; choose another folder or make room.</source>
        <translation>图库是安全的；请选择其他文件夹或腾出空间。</translation>
    </message>
    <message>
        <source>The gallery is safe; remove the folder by hand.</source>
        <translation>图库是安全的；请手动移除该文件夹。</translation>
    </message>
    <message>
        <source>The gallery knows {space} with features of {known} numbers, not {length}.</source>
        <translation>图库中 {space} 的特征有 {known} 个数值，而不是 {length} 个。</translation>
    </message>
    <message>
        <source>The gallery or the options have changed: all photos are looked at anew.</source>
        <translation>图库或选项已更改：所有照片都将重新查看。</translation>
    </message>
    <message>
        <source>The gallery uses the face feature model {model}, which is not installed here.</source>
        <translation>图库使用人脸特征模型 {model}，本机没有安装它。</translation>
    </message>
    <message>
        <source>The gallery was made with another version of the face feature model {model}.</source>
        <translation>此图库是用人脸特征模型 {model} 的另一个版本建立的。</translation>
    </message>
    <message>
        <source>The gallery {folder} can only be read.</source>
        <translation>图库 {folder} 只能读取。</translation>
    </message>
    <message>
        <source>The gallery {folder} is not there any more.</source>
        <translation>图库 {folder} 已不存在。</translation>
    </message>
    <message>
        <source>The gallery's features are of the model {held}, these are of {asked}; they cannot be compared.</source>
        <translation>图库的特征来自模型 {held}，而这些来自 {asked}；两者无法比较。</translation>
    </message>
    <message>
        <source>The history of this gallery is damaged: it names {table}.{column}.</source>
        <translation>此图库的历史已损坏：其中出现 {table}.{column}。</translation>
    </message>
    <message>
        <source>The index cannot be written to {folder}: {reason}.</source>
        <translation>索引无法写入 {folder}：{reason}。</translation>
    </message>
    <message>
        <source>The index default covers everyone.</source>
        <translation>索引 default 覆盖所有人。</translation>
    </message>
    <message>
        <source>The index default stays as long as the gallery.</source>
        <translation>索引 default 与图库共存。</translation>
    </message>
    <message>
        <source>The index itself is as it was; make room or mend the rights of its folder.</source>
        <translation>索引本身保持原样；请腾出空间或修正其文件夹的权限。</translation>
    </message>
    <message>
        <source>The index that recognition searches.</source>
        <translation>识别所搜索的索引。</translation>
    </message>
    <message>
        <source>The index {index} is taken in apart: Index, Import from PaddleX, or `facefolio index import`.</source>
        <translation>索引 {index} 需另行导入：“索引”菜单中的“从 PaddleX 导入”，或 `facefolio index import`。</translation>
    </message>
    <message>
        <source>The index {name} cannot be saved in {folder}: {reason}.</source>
        <translation>索引 {name} 无法保存在 {folder} 中：{reason}。</translation>
    </message>
    <message>
        <source>The index {name} finds only {share:.1%} of the nearest faces.</source>
        <translation>索引 {name} 只能找到 {share:.1%} 的最近人脸。</translation>
    </message>
    <message>
        <source>The index {name} has no features yet.</source>
        <translation>索引 {name} 尚无特征。</translation>
    </message>
    <message>
        <source>The index {name} holds features of another model.</source>
        <translation>索引 {name} 含有另一个模型的特征。</translation>
    </message>
    <message>
        <source>The index {name} is stale: {reason}</source>
        <translation>索引 {name} 已过期：{reason}</translation>
    </message>
    <message>
        <source>The index {name} was deleted.</source>
        <translation>索引 {name} 已被删除。</translation>
    </message>
    <message>
        <source>The index {name} was never saved.</source>
        <translation>索引 {name} 从未保存过。</translation>
    </message>
    <message>
        <source>The input {name} of {file} takes {wanted}, not {given}.</source>
        <translation>{file} 的输入 {name} 接受 {wanted}，而不是 {given}。</translation>
    </message>
    <message>
        <source>The light comes from behind the face.</source>
        <translation>光线来自人脸背后。</translation>
    </message>
    <message>
        <source>The model that finds faces.</source>
        <translation>找出人脸的模型。</translation>
    </message>
    <message>
        <source>The model {name} does not fit its card.</source>
        <translation>模型 {name} 与其模型卡不符。</translation>
    </message>
    <message>
        <source>The model {name} does not fit its card: it cannot take a picture of {wanted}. {given}</source>
        <translation>模型 {name} 与模型卡不符：它无法接受 {wanted} 的图片。{given}</translation>
    </message>
    <message>
        <source>The model {name} does not fit its card: it gives {given} outputs, not {wanted}.</source>
        <translation>模型 {name} 与模型卡不符：它有 {given} 个输出，而不是 {wanted} 个。</translation>
    </message>
    <message>
        <source>The model {name} does not fit its card: it gives {given}, not ({wanted}).</source>
        <translation>模型 {name} 与模型卡不符：它输出 {given}，而不是 ({wanted})。</translation>
    </message>
    <message>
        <source>The model {name} does not fit its card: it gives {given}, not boxes (k, 6) and their numbers ({wanted},).</source>
        <translation>模型 {name} 与模型卡不符：它输出 {given}，而不是框 (k, 6) 及其数量 ({wanted},)。</translation>
    </message>
    <message>
        <source>The model {name} does not fit its card: it gives {given}, not {wanted}.</source>
        <translation>模型 {name} 与模型卡不符：它输出 {given}，而不是 {wanted}。</translation>
    </message>
    <message>
        <source>The model {name} does not fit its card: it takes the inputs {given}, not one picture.</source>
        <translation>模型 {name} 与模型卡不符：它的输入是 {given}，而不是一张图片。</translation>
    </message>
    <message>
        <source>The model {name} does not fit its card: it takes {given}, not float32 {wanted}.</source>
        <translation>模型 {name} 与模型卡不符：它接受 {given}，而不是 float32 {wanted}。</translation>
    </message>
    <message>
        <source>The model {name} gave features of shape {shape} for {count} faces of length {length}.</source>
        <translation>模型 {name} 为 {count} 张人脸给出了形状为 {shape} 的特征，长度应为 {length}。</translation>
    </message>
    <message>
        <source>The model {name} gave no usable feature for a face.</source>
        <translation>模型 {name} 未能为一张人脸给出可用特征。</translation>
    </message>
    <message>
        <source>The model {name} has no files for {engine}.</source>
        <translation>模型 {name} 没有适用于 {engine} 的文件。</translation>
    </message>
    <message>
        <source>The model {name} has no space or no length.</source>
        <translation>模型 {name} 没有空间或长度。</translation>
    </message>
    <message>
        <source>The model {name} here is not the one in {folder}; the present one stays. Add it by another name.</source>
        <translation>这里的模型 {name} 与 {folder} 中的不是同一个；保留当前模型。请用另一个名称添加它。</translation>
    </message>
    <message>
        <source>The model {name} is not here, so the present one stays. Add it first: Models, or `facefolio models add {folder}`.</source>
        <translation>本机没有模型 {name}，因此保留现有模型。请先添加它：“模型”，或 `facefolio models add {folder}`。</translation>
    </message>
    <message>
        <source>The model {name} is not here, so the present one stays. Download it first: Models, or `facefolio models download {name}`.</source>
        <translation>本机没有模型 {name}，因此保留现有模型。请先下载它：“模型”，或 `facefolio models download {name}`。</translation>
    </message>
    <message>
        <source>The model's own threshold holds. Enroll at least {fewest} people, better 50, and ask again.</source>
        <translation>目前使用模型自带的阈值。请至少录入 {fewest} 人（最好 50 人），然后再试。</translation>
    </message>
    <message>
        <source>The models did not open in time.</source>
        <translation>模型未能及时打开。</translation>
    </message>
    <message>
        <source>The name {name} holds characters that cannot be shown.</source>
        <translation>姓名 {name} 含有无法显示的字符。</translation>
    </message>
    <message>
        <source>The name {start}... is too long: {length} characters.</source>
        <translation>姓名 {start}... 太长：{length} 个字符。</translation>
    </message>
    <message>
        <source>The notes are too long: {length} characters.</source>
        <translation>备注太长：{length} 个字符。</translation>
    </message>
    <message>
        <source>The notes hold characters that cannot be kept.</source>
        <translation>备注含有无法保存的字符。</translation>
    </message>
    <message>
        <source>The other lines were used.</source>
        <translation>其余各行已采用。</translation>
    </message>
    <message>
        <source>The other models are not touched. Remove this one with `facefolio models remove` and add it again.</source>
        <translation>其他模型不受影响。请用 `facefolio models remove` 移除它，然后重新添加。</translation>
    </message>
    <message>
        <source>The picture is too bright here.</source>
        <translation>图片此处太亮。</translation>
    </message>
    <message>
        <source>The picture is too dark here.</source>
        <translation>图片此处太暗。</translation>
    </message>
    <message>
        <source>The picture was not saved. Make room or give yourself permission, then take it again.</source>
        <translation>图片没有保存。请腾出空间或给自己权限，然后重新拍摄。</translation>
    </message>
    <message>
        <source>The processor is used because {reason}.</source>
        <translation>使用处理器，原因：{reason}。</translation>
    </message>
    <message>
        <source>The same picture came before in this enrollment.</source>
        <translation>同一张图片在本次录入中已经出现过。</translation>
    </message>
    <message>
        <source>The saved index {name} lacks {missing} faces of the gallery and holds {dead} that are gone.</source>
        <translation>已保存的索引 {name} 缺少图库中的 {missing} 张人脸，并含有 {dead} 张已不存在的人脸。</translation>
    </message>
    <message>
        <source>The setting {name} must be one of {choices}, not {value!r}.</source>
        <translation>设置 {name} 必须是 {choices} 之一，而不是 {value!r}。</translation>
    </message>
    <message>
        <source>The setting {name} must be {kind}, not {value!r}.</source>
        <translation>设置 {name} 必须是 {kind}，而不是 {value!r}。</translation>
    </message>
    <message>
        <source>The setting {name} must lie between {low} and {high}, not {value}.</source>
        <translation>设置 {name} 必须在 {low} 和 {high} 之间，而不是 {value}。</translation>
    </message>
    <message>
        <source>The threads are written for Paddle on the processor.</source>
        <translation>线程数按处理器上的 Paddle 写入。</translation>
    </message>
    <message>
        <source>Their features are there, so that they are recognized; enroll them anew to have the pictures.</source>
        <translation>它们的特征仍在，可以识别；如需图片，请重新录入。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>There are: {known}.</source>
        <translation>现有：{known}。</translation>
    </message>
    <message>
        <source>There is a gallery in {folder} already.</source>
        <translation>{folder} 中已有图库。</translation>
    </message>
    <message>
        <source>There is already a model called {name}.</source>
        <translation>已有名为 {name} 的模型。</translation>
    </message>
    <message>
        <source>There is already {path}.</source>
        <translation>已存在 {path}。</translation>
    </message>
    <message>
        <source>There is an index called {name} already.</source>
        <translation>已有名为 {name} 的索引。</translation>
    </message>
    <message>
        <source>There is no backup {file}.</source>
        <translation>没有备份 {file}。</translation>
    </message>
    <message>
        <source>There is no device called {device}.</source>
        <translation>没有名为 {device} 的设备。</translation>
    </message>
    <message>
        <source>There is no device {device} here; the present one stays.</source>
        <translation>这里没有设备 {device}；保留当前设备。</translation>
    </message>
    <message>
        <source>There is no engine called {engine}.</source>
        <translation>没有名为 {engine} 的引擎。</translation>
    </message>
    <message>
        <source>There is no engine {engine} here; the present one stays.</source>
        <translation>这里没有引擎 {engine}；保留当前引擎。</translation>
    </message>
    <message>
        <source>There is no face #{id} in {folder}.</source>
        <translation>{folder} 中没有人脸 #{id}。</translation>
    </message>
    <message>
        <source>There is no face #{id}.</source>
        <translation>没有人脸 #{id}。</translation>
    </message>
    <message>
        <source>There is no gallery in {folder}.</source>
        <translation>{folder} 中没有图库。</translation>
    </message>
    <message>
        <source>There is no index called {name} in {folder}.</source>
        <translation>{folder} 中没有名为 {name} 的索引。</translation>
    </message>
    <message>
        <source>There is no kind of index called {value!r}.</source>
        <translation>没有名为 {value!r} 的索引类型。</translation>
    </message>
    <message>
        <source>There is no metric called {value!r}.</source>
        <translation>没有名为 {value!r} 的度量。</translation>
    </message>
    <message>
        <source>There is no metric {metric}.</source>
        <translation>没有度量 {metric}。</translation>
    </message>
    <message>
        <source>There is no model called {name}.</source>
        <translation>没有名为 {name} 的模型。</translation>
    </message>
    <message>
        <source>There is no parameter of {kind} called {value!r}.</source>
        <translation>{kind} 没有名为 {value!r} 的参数。</translation>
    </message>
    <message>
        <source>There is no person #{id} in {folder}.</source>
        <translation>{folder} 中没有人员 #{id}。</translation>
    </message>
    <message>
        <source>There is no person #{id}.</source>
        <translation>没有人员 #{id}。</translation>
    </message>
    <message>
        <source>There is no picture of face #{id} in {folder}.</source>
        <translation>{folder} 中没有人脸 #{id} 的图片。</translation>
    </message>
    <message>
        <source>There is no setting called {name}.</source>
        <translation>没有名为 {name} 的设置。</translation>
    </message>
    <message>
        <source>There is no {path}.</source>
        <translation>没有 {path}。</translation>
    </message>
    <message>
        <source>There is nobody called {who} in {folder}.</source>
        <translation>{folder} 中没有名为 {who} 的人员。</translation>
    </message>
    <message>
        <source>They are passed over; the people and their faces are not affected.</source>
        <translation>已略过；人员及其人脸不受影响。</translation>
    </message>
    <message>
        <source>They were left as they are; choose an empty folder.</source>
        <translation>它们保持原样；请选择空文件夹。</translation>
    </message>
    <message>
        <source>They will be when the gallery is opened next; close other programs that use it and open it again.</source>
        <translation>下次打开图库时会完成；请关闭其他正在使用它的程序，然后重新打开。</translation>
    </message>
    <message>
        <source>This face was not seen well enough to be enrolled.</source>
        <translation>这张人脸看得不够清楚，无法录入。</translation>
    </message>
    <message>
        <source>This packed program cannot convert models.</source>
        <translation>此打包程序无法转换模型。</translation>
    </message>
    <message>
        <source>This was not undone, because the gallery has been changed since, or it was undone already.</source>
        <translation>没有撤销：图库此后又有更改，或者这一步已经撤销过。</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程数</translation>
    </message>
    <message>
        <source>Too many levels of symbolic links</source>
        <translation>符号链接层数过多</translation>
    </message>
    <message>
        <source>Too many open files</source>
        <translation>打开的文件过多</translation>
    </message>
    <message>
        <source>Try turned pictures</source>
        <translation>尝试旋转图片</translation>
    </message>
    <message>
        <source>Two passes: a face larger than 90 pixels at 320 is taken from there. Turned heads, caps, faces looking down and covered faces are missed more often than by YuNet-n; in pictures turned by quarters landmarks can be wrong. There are no figures per group of people.</source>
        <translation>分两遍检测：在 320 像素下大于 90 像素的人脸取自该遍。与 YuNet-n 相比，更容易漏检侧转、戴帽、低头和被遮挡的人脸；图片旋转 90° 时，关键点可能有误。没有按人群分组的数据。</translation>
    </message>
    <message>
        <source>Unsure from</source>
        <translation>存疑起点</translation>
    </message>
    <message>
        <source>Update it: pip install -U pillow</source>
        <translation>请更新：pip install -U pillow</translation>
    </message>
    <message>
        <source>Use a picture in which the face is larger or clearer.</source>
        <translation>请使用人脸更大或更清晰的图片。</translation>
    </message>
    <message>
        <source>Use one of them only: their results must not be mixed in a gallery.</source>
        <translation>请只使用其中之一：两者的结果不能混入同一图库。</translation>
    </message>
    <message>
        <source>Use one of {known}.</source>
        <translation>请使用 {known} 之一。</translation>
    </message>
    <message>
        <source>Use the gallery's model, or make features of the other one for the gallery (refeature).</source>
        <translation>请使用图库的模型，或为图库生成另一个模型的特征（refeature）。</translation>
    </message>
    <message>
        <source>Use the model {name}</source>
        <translation>使用模型 {name}</translation>
    </message>
    <message>
        <source>Used for new galleries; an open gallery keeps its own until it is moved.</source>
        <translation>用于新图库；打开的图库在迁移之前保留自己的模型。</translation>
    </message>
    <message>
        <source>Verify the index {name}</source>
        <translation>校验索引 {name}</translation>
    </message>
    <message>
        <source>WIDER faces of 30 px and more, longer side 640, precision 0.95, recall</source>
        <translation>WIDER 30 像素及以上人脸，长边 640，精确率 0.95 时的召回率</translation>
    </message>
    <message>
        <source>Wait for it, or cancel it there.</source>
        <translation>请等待它完成，或在那里取消它。</translation>
    </message>
    <message>
        <source>What has arrived is kept: try again and it goes on from there.</source>
        <translation>已收到的部分会保留：重试时从中断处继续。</translation>
    </message>
    <message>
        <source>What stood there before is unchanged; free some space or choose another place.</source>
        <translation>原有内容没有变化；请腾出空间或选择其他位置。</translation>
    </message>
    <message>
        <source>What was found before is kept. Make room and start again: it goes on where it stopped.</source>
        <translation>先前找到的内容会保留。请腾出空间后重新开始：将从中断处继续。</translation>
    </message>
    <message>
        <source>What was found cannot be kept in {path}: {error}.</source>
        <translation>找到的内容无法保存在 {path} 中：{error}。</translation>
    </message>
    <message>
        <source>What was found is kept. Connect it and start again: it goes on where it stopped.</source>
        <translation>已找到的内容会保留。请连接后重新开始：将从中断处继续。</translation>
    </message>
    <message>
        <source>What was measured of the index {name} cannot be kept: {reason}.</source>
        <translation>索引 {name} 的测量结果无法保存：{reason}。</translation>
    </message>
    <message>
        <source>What was said about this face has been taken back already.</source>
        <translation>对这张人脸的说明已经收回。</translation>
    </message>
    <message>
        <source>What was seen so far is kept. Copy the file again from where it came.</source>
        <translation>已看到的内容会保留。请从来源重新复制该文件。</translation>
    </message>
    <message>
        <source>What was there is untouched.</source>
        <translation>原有内容未改动。</translation>
    </message>
    <message>
        <source>Where models run. Without a usable graphics card the processor is used, and the status bar says why.</source>
        <translation>模型在何处运行。没有可用的显卡时使用处理器，状态栏会说明原因。</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>Without limit</source>
        <translation>不限制</translation>
    </message>
    <message>
        <source>Write `path path 1` for the same person and `path path 0` for different ones.</source>
        <translation>同一人请写 `path path 1`，不同的人请写 `path path 0`。</translation>
    </message>
    <message>
        <source>Write it as PNG.</source>
        <translation>请写为 PNG。</translation>
    </message>
    <message>
        <source>You said that it is nobody of those who resemble it.</source>
        <translation>您说过不是与其相像的任何人。</translation>
    </message>
    <message>
        <source>Your user may not use it: `sudo usermod -aG video $USER`, then log in again. It is tried again by itself.</source>
        <translation>当前用户无权使用它：请运行 `sudo usermod -aG video $USER`，然后重新登录。程序会自动重试。</translation>
    </message>
    <message>
        <source>[height, width], since preprocess.resize is {kind}</source>
        <translation>[高, 宽]，因为 preprocess.resize 为 {kind}</translation>
    </message>
    <message>
        <source>`facefolio models list` shows all.</source>
        <translation>`facefolio models list` 可列出全部。</translation>
    </message>
    <message>
        <source>a PaddleX model folder</source>
        <translation>PaddleX 模型文件夹</translation>
    </message>
    <message>
        <source>a SHA-256 of 64 lower-case hex digits</source>
        <translation>由 64 位小写十六进制数字组成的 SHA-256</translation>
    </message>
    <message>
        <source>a centre in it holds something that is no number</source>
        <translation>其中一个中心含有非数值</translation>
    </message>
    <message>
        <source>a feature of {length} numbers is impossible</source>
        <translation>特征不可能有 {length} 个数值</translation>
    </message>
    <message>
        <source>a length in it is impossible</source>
        <translation>其中某个长度不合理</translation>
    </message>
    <message>
        <source>a level in its graph is wrong</source>
        <translation>其图结构中有一层错误</translation>
    </message>
    <message>
        <source>a library of CUDA is missing: {error}</source>
        <translation>缺少 CUDA 的库：{error}</translation>
    </message>
    <message>
        <source>a link of its graph leads nowhere</source>
        <translation>其图结构中有一条链接没有指向</translation>
    </message>
    <message>
        <source>a link of its graph leads to a wrong level</source>
        <translation>其图结构中有一条链接指向错误的层</translation>
    </message>
    <message>
        <source>a list of {count}</source>
        <translation>含 {count} 项的列表</translation>
    </message>
    <message>
        <source>a list of {least} to {most}</source>
        <translation>含 {least} 至 {most} 项的列表</translation>
    </message>
    <message>
        <source>a list with one ResizeImage to a square</source>
        <translation>含一个缩放为正方形的 ResizeImage 的列表</translation>
    </message>
    <message>
        <source>a mapping</source>
        <translation>映射</translation>
    </message>
    <message>
        <source>a mapping of arguments</source>
        <translation>参数的映射</translation>
    </message>
    <message>
        <source>a mapping of at most {most} entries</source>
        <translation>最多 {most} 项的映射</translation>
    </message>
    <message>
        <source>a mapping of fields</source>
        <translation>字段的映射</translation>
    </message>
    <message>
        <source>a name of at most 64 letters, digits and . _ + - that begins with a letter or digit</source>
        <translation>以字母或数字开头、由字母、数字和 . _ + - 组成且不超过 64 个字符的名称</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>数字</translation>
    </message>
    <message>
        <source>a number from {low:g} to {high:g}</source>
        <translation>{low:g} 至 {high:g} 之间的数值</translation>
    </message>
    <message>
        <source>a number of more than {most} digits was found</source>
        <translation>其中有超过 {most} 位的数字</translation>
    </message>
    <message>
        <source>a number or a fraction</source>
        <translation>数值或分数</translation>
    </message>
    <message>
        <source>a number or a short text</source>
        <translation>数值或短文本</translation>
    </message>
    <message>
        <source>a number other than 0</source>
        <translation>非 0 的数值</translation>
    </message>
    <message>
        <source>a second</source>
        <translation>每秒</translation>
    </message>
    <message>
        <source>a text of at most {most} characters</source>
        <translation>不超过 {most} 个字符的文本</translation>
    </message>
    <message>
        <source>a vector in it holds something that is no number</source>
        <translation>其中一个向量含有非数值</translation>
    </message>
    <message>
        <source>a whole number</source>
        <translation>整数</translation>
    </message>
    <message>
        <source>a whole number from {low} to {high}</source>
        <translation>{low} 至 {high} 之间的整数</translation>
    </message>
    <message>
        <source>an address that begins with https://</source>
        <translation>以 https:// 开头的地址</translation>
    </message>
    <message>
        <source>an id in it is negative</source>
        <translation>其中有负的 id</translation>
    </message>
    <message>
        <source>an id stands in it twice</source>
        <translation>其中有重复的 id</translation>
    </message>
    <message>
        <source>at most thresholds.known</source>
        <translation>不大于 thresholds.known</translation>
    </message>
    <message>
        <source>checksums of the files listed under files</source>
        <translation>files 中所列文件的校验和</translation>
    </message>
    <message>
        <source>cosine at FAR 1e-3, all LFW pairs</source>
        <translation>FAR 1e-3 时的余弦相似度，全部 LFW 图片对</translation>
    </message>
    <message>
        <source>cosine at FAR 1e-4, all LFW pairs</source>
        <translation>FAR 1e-4 时的余弦相似度，全部 LFW 图片对</translation>
    </message>
    <message>
        <source>cpu, gpu, gpu:0 or another device of PaddleX</source>
        <translation>cpu、gpu、gpu:0 或 PaddleX 的其他设备</translation>
    </message>
    <message>
        <source>does not begin with an id</source>
        <translation>不是以 id 开头</translation>
    </message>
    <message>
        <source>drawn people, 960 pictures, found</source>
        <translation>绘制的人物 960 张图片，检出率</translation>
    </message>
    <message>
        <source>drawn people, nearest other picture right</source>
        <translation>绘制的人物，最近邻图片的正确率</translation>
    </message>
    <message>
        <source>five points, since alignment.kind is landmarks</source>
        <translation>五个点，因为 alignment.kind 为 landmarks</translation>
    </message>
    <message>
        <source>given</source>
        <translation>给出</translation>
    </message>
    <message>
        <source>given (for a detector), or PreProcess (for a face feature)</source>
        <translation>给出（检测器），或给出 PreProcess（人脸特征）</translation>
    </message>
    <message>
        <source>hamming_radius is for binary indexes, which do not work in PaddleX; it has no effect.</source>
        <translation>hamming_radius 用于二值索引，而二值索引在 PaddleX 中无法工作；它不起作用。</translation>
    </message>
    <message>
        <source>has no name after the path</source>
        <translation>在路径之后没有姓名</translation>
    </message>
    <message>
        <source>id_map is not a mapping of ids to labels</source>
        <translation>id_map 不是从 id 到标签的映射</translation>
    </message>
    <message>
        <source>in the order {steps}, each once</source>
        <translation>按 {steps} 的顺序，各出现一次</translation>
    </message>
    <message>
        <source>is not CSV ({error}); reading ended here</source>
        <translation>不是 CSV（{error}）；读取到此为止</translation>
    </message>
    <message>
        <source>it begins a part with {mark}, which no index of faces does</source>
        <translation>其中一部分以 {mark} 开头，人脸索引中没有这种部分</translation>
    </message>
    <message>
        <source>it broke off after {done} of {total} bytes</source>
        <translation>在收到 {done} / {total} 字节后中断</translation>
    </message>
    <message>
        <source>it cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>it carries a direct map</source>
        <translation>其中带有直接映射表</translation>
    </message>
    <message>
        <source>it could not be tried: {error}</source>
        <translation>无法试运行：{error}</translation>
    </message>
    <message>
        <source>it does not begin with a mapping</source>
        <translation>开头不是映射</translation>
    </message>
    <message>
        <source>it ended with status {status}</source>
        <translation>以状态 {status} 结束</translation>
    </message>
    <message>
        <source>it ends the process that opens it, so it is not opened here.</source>
        <translation>打开它会使进程崩溃，因此不在此处打开。</translation>
    </message>
    <message>
        <source>it ends too early or a length in it is wrong</source>
        <translation>提前结束，或其中某个长度有误</translation>
    </message>
    <message>
        <source>it has no input or no output.</source>
        <translation>没有输入或没有输出。</translation>
    </message>
    <message>
        <source>it holds more than {most} files</source>
        <translation>其中的文件超过 {most} 个</translation>
    </message>
    <message>
        <source>it holds {key}, which does not belong there</source>
        <translation>其中有不应出现的 {key}</translation>
    </message>
    <message>
        <source>it is a folder.</source>
        <translation>是一个文件夹。</translation>
    </message>
    <message>
        <source>it is larger than {most} MB</source>
        <translation>大于 {most} MB</translation>
    </message>
    <message>
        <source>it is not a Paddle program.</source>
        <translation>不是 Paddle 程序。</translation>
    </message>
    <message>
        <source>it is not valid YAML</source>
        <translation>不是有效的 YAML</translation>
    </message>
    <message>
        <source>it is not valid YAML (line {line})</source>
        <translation>不是有效的 YAML（第 {line} 行）</translation>
    </message>
    <message>
        <source>it is too large for a program.</source>
        <translation>对程序文件来说太大。</translation>
    </message>
    <message>
        <source>it opens files ending in {endings}.</source>
        <translation>它只打开以 {endings} 结尾的文件。</translation>
    </message>
    <message>
        <source>it unpacks to more than this model may have</source>
        <translation>解压后超过该模型允许的大小</translation>
    </message>
    <message>
        <source>it was never trained</source>
        <translation>从未训练过</translation>
    </message>
    <message>
        <source>its graph and its storage differ</source>
        <translation>图结构与存储不一致</translation>
    </message>
    <message>
        <source>its graph has too many levels</source>
        <translation>图结构层数过多</translation>
    </message>
    <message>
        <source>its graph has too many links</source>
        <translation>图结构链接过多</translation>
    </message>
    <message>
        <source>its lists and their centres differ in number</source>
        <translation>列表与其中心的数量不一致</translation>
    </message>
    <message>
        <source>its lists are kept in a way that is not known</source>
        <translation>列表的存储方式未知</translation>
    </message>
    <message>
        <source>its lists contradict its header</source>
        <translation>列表与文件头矛盾</translation>
    </message>
    <message>
        <source>its lists have wrong sizes</source>
        <translation>列表的大小有误</translation>
    </message>
    <message>
        <source>its lists hold wrong numbers</source>
        <translation>列表中的编号有误</translation>
    </message>
    <message>
        <source>its metric contradicts its type</source>
        <translation>度量与类型矛盾</translation>
    </message>
    <message>
        <source>its metric is none for faces</source>
        <translation>其度量不适用于人脸</translation>
    </message>
    <message>
        <source>its number of vectors is impossible</source>
        <translation>向量数量不合理</translation>
    </message>
    <message>
        <source>its outer and inner part contradict each other</source>
        <translation>外层与内层矛盾</translation>
    </message>
    <message>
        <source>landmark error against the teacher's on LFW at 320, part of the eye distance</source>
        <translation>LFW（320 像素）上相对教师模型的关键点误差，以眼距为单位</translation>
    </message>
    <message>
        <source>left out, since the pictures are padded by Pad already</source>
        <translation>省略，因为 Pad 已填充图片</translation>
    </message>
    <message>
        <source>line {line} holds something other than plain text (an alias, a tag, a list)</source>
        <translation>第 {line} 行含有纯文本以外的内容（别名、标签或列表）</translation>
    </message>
    <message>
        <source>mappings must not be merged (a &lt;&lt; key was found)</source>
        <translation>不允许合并映射（其中有 &lt;&lt; 键）</translation>
    </message>
    <message>
        <source>megapixels</source>
        <translation>百万像素</translation>
    </message>
    <message>
        <source>milliseconds a face, one thread</source>
        <translation>单张人脸耗时，单线程（毫秒）</translation>
    </message>
    <message>
        <source>milliseconds a face, one thread, ONNX Runtime</source>
        <translation>单张人脸耗时，单线程，ONNX Runtime（毫秒）</translation>
    </message>
    <message>
        <source>milliseconds a face, one thread, OpenVINO</source>
        <translation>单张人脸耗时，单线程，OpenVINO（毫秒）</translation>
    </message>
    <message>
        <source>milliseconds a face, one thread, Paddle</source>
        <translation>单张人脸耗时，单线程，Paddle（毫秒）</translation>
    </message>
    <message>
        <source>milliseconds at 640 x 640, one thread</source>
        <translation>640 × 640 耗时，单线程（毫秒）</translation>
    </message>
    <message>
        <source>milliseconds at 640 x 640, one thread, first detector 12.9</source>
        <translation>640 × 640 耗时，单线程，首版检测器为 12.9（毫秒）</translation>
    </message>
    <message>
        <source>milliseconds on CPU (Xeon, 8 threads)</source>
        <translation>CPU 耗时（Xeon，8 线程，毫秒）</translation>
    </message>
    <message>
        <source>milliseconds on GPU</source>
        <translation>GPU 耗时（毫秒）</translation>
    </message>
    <message>
        <source>names a file that is not there</source>
        <translation>所指的文件不存在</translation>
    </message>
    <message>
        <source>needs a path and a name</source>
        <translation>需要路径和姓名</translation>
    </message>
    <message>
        <source>no engine</source>
        <translation>没有引擎</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>one of the known arguments ({known})</source>
        <translation>已知参数之一（{known}）</translation>
    </message>
    <message>
        <source>one of the known fields ({known})</source>
        <translation>已知字段之一（{known}）</translation>
    </message>
    <message>
        <source>one of {known}</source>
        <translation>{known} 之一</translation>
    </message>
    <message>
        <source>one of {known} for a detector</source>
        <translation>{known} 之一（用于检测器）</translation>
    </message>
    <message>
        <source>one step</source>
        <translation>一个步骤</translation>
    </message>
    <message>
        <source>opening it took longer than {seconds} seconds.</source>
        <translation>打开它用时超过 {seconds} 秒。</translation>
    </message>
    <message>
        <source>parameters</source>
        <translation>参数量</translation>
    </message>
    <message>
        <source>rank-1 of 3420 pictures among 4281 people with one picture each</source>
        <translation>3420 张图片在 4281 人（每人一张图片）中的 Rank-1</translation>
    </message>
    <message>
        <source>rank-1 of 5749 people by one picture each, percent</source>
        <translation>5749 人（每人一张图片）的 Rank-1（%）</translation>
    </message>
    <message>
        <source>rec_threshold {value} is a distance; here thresholds are cosines.</source>
        <translation>rec_threshold {value} 是距离；这里的阈值是余弦相似度。</translation>
    </message>
    <message>
        <source>repeats line {line}</source>
        <translation>与第 {line} 行重复</translation>
    </message>
    <message>
        <source>repeats the id of line {line}</source>
        <translation>与第 {line} 行的 id 重复</translation>
    </message>
    <message>
        <source>same person accepted at cosine 0.48</source>
        <translation>余弦 0.48 时接受同一人的比例</translation>
    </message>
    <message>
        <source>score for precision 0.95 on those</source>
        <translation>在其上达到精确率 0.95 的得分</translation>
    </message>
    <message>
        <source>sides from the largest to the smallest</source>
        <translation>从大到小排列的边长</translation>
    </message>
    <message>
        <source>something follows its end</source>
        <translation>结尾之后还有内容</translation>
    </message>
    <message>
        <source>strangers accepted in one comparison at cosine 0.27</source>
        <translation>余弦 0.27 时单次比较接受陌生人的比例</translation>
    </message>
    <message>
        <source>strangers accepted in one comparison at cosine 0.48</source>
        <translation>余弦 0.48 时单次比较接受陌生人的比例</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>the GPU refused the model ({error})</source>
        <translation>GPU 无法运行该模型（{error}）</translation>
    </message>
    <message>
        <source>the entry of its graph is wrong</source>
        <translation>图结构的入口有误</translation>
    </message>
    <message>
        <source>the file</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>the file is empty.</source>
        <translation>文件是空的。</translation>
    </message>
    <message>
        <source>the id {word} stands in it twice</source>
        <translation>其中 id {word} 重复</translation>
    </message>
    <message>
        <source>the installed ONNX Runtime is built without CUDA; `pip uninstall onnxruntime` and `pip install facefolio[gpu]` change that</source>
        <translation>已安装的 ONNX Runtime 不含 CUDA；执行 `pip uninstall onnxruntime` 和 `pip install facefolio[gpu]` 即可改变</translation>
    </message>
    <message>
        <source>the installed Paddle is built without CUDA; `pip install paddlepaddle-gpu` installs one that has it</source>
        <translation>安装的 Paddle 不含 CUDA；可用 `pip install paddlepaddle-gpu` 安装含 CUDA 的版本</translation>
    </message>
    <message>
        <source>the label of id {id} is no text</source>
        <translation>id {id} 的标签不是文本</translation>
    </message>
    <message>
        <source>the levels of its graph are wrong</source>
        <translation>图结构的层有误</translation>
    </message>
    <message>
        <source>the links of its graph are wrong</source>
        <translation>图结构的链接有误</translation>
    </message>
    <message>
        <source>the list of steps</source>
        <translation>步骤列表</translation>
    </message>
    <message>
        <source>the name of a file beside the card, without folders</source>
        <translation>与模型卡同处的文件名，不含文件夹</translation>
    </message>
    <message>
        <source>the number of its ids is wrong</source>
        <translation>id 的数量有误</translation>
    </message>
    <message>
        <source>the number of its lists is impossible</source>
        <translation>列表数量不合理</translation>
    </message>
    <message>
        <source>the number of its vectors is wrong</source>
        <translation>向量的数量有误</translation>
    </message>
    <message>
        <source>the number of values of the feature</source>
        <translation>特征的数值个数</translation>
    </message>
    <message>
        <source>the parameters of its graph are impossible</source>
        <translation>图结构的参数不合理</translation>
    </message>
    <message>
        <source>the same among people with East Asian names at cosine 0.48</source>
        <translation>余弦 0.48 时东亚姓名者之间的同一比例</translation>
    </message>
    <message>
        <source>the same with YuNet-n</source>
        <translation>同上，YuNet-n</translation>
    </message>
    <message>
        <source>the same with mirrored sum, percent</source>
        <translation>同上，加镜像求和（%）</translation>
    </message>
    <message>
        <source>the same with the teacher's landmarks, percent</source>
        <translation>同上，使用教师模型的关键点（%）</translation>
    </message>
    <message>
        <source>the size of its graph is wrong</source>
        <translation>图结构的大小有误</translation>
    </message>
    <message>
        <source>there is no such file.</source>
        <translation>没有该文件。</translation>
    </message>
    <message>
        <source>three numbers other than 0</source>
        <translation>三个非 0 的数值</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>是或否（true 或 false）</translation>
    </message>
    <message>
        <source>values must not refer to one another (an alias was found)</source>
        <translation>值不得相互引用（其中有别名）</translation>
    </message>
    <message>
        <source>without arguments</source>
        <translation>不带参数</translation>
    </message>
    <message>
        <source>{address} cannot be fetched: {reason}.</source>
        <translation>{address} 无法下载：{reason}。</translation>
    </message>
    <message>
        <source>{address} is larger than the {most:.0f} MB that this model may have.</source>
        <translation>{address} 超过此模型允许的 {most:.0f} MB。</translation>
    </message>
    <message>
        <source>{address} is not fetched: the way there is not safe.</source>
        <translation>未下载 {address}：途径不安全。</translation>
    </message>
    <message>
        <source>{address} is not given out: the server says {code} {reason}.</source>
        <translation>无法获取 {address}：服务器返回 {code} {reason}。</translation>
    </message>
    <message>
        <source>{address} is not what it should be: the checksum differs.</source>
        <translation>{address} 与应有的内容不符：校验和不同。</translation>
    </message>
    <message>
        <source>{count} faces in this picture: choose the one of {name}.</source>
        <translation>此图片中有 {count} 张人脸：请选择 {name} 的那张。</translation>
    </message>
    <message>
        <source>{count} vectors of the index {name} are not the gallery's.</source>
        <translation>索引 {name} 中有 {count} 个向量不属于图库。</translation>
    </message>
    <message>
        <source>{engine} failed while running {file}: {error}</source>
        <translation>{engine} 运行 {file} 时失败：{error}</translation>
    </message>
    <message>
        <source>{engine} is installed but cannot be loaded: {error}</source>
        <translation>{engine} 已安装但无法加载：{error}</translation>
    </message>
    <message>
        <source>{engine} is not installed; `pip install {extra}` installs it.</source>
        <translation>未安装 {engine}；可用 `pip install {extra}` 安装。</translation>
    </message>
    <message>
        <source>{engine}: opens and fits the card, device {device}</source>
        <translation>{engine}：可以打开，与模型卡相符，设备 {device}</translation>
    </message>
    <message>
        <source>{engine}: opens and fits the card, device {device} ({note})</source>
        <translation>{engine}：可以打开，与模型卡相符，设备 {device}（{note}）</translation>
    </message>
    <message>
        <source>{engine}: {reason}</source>
        <translation>{engine}：{reason}</translation>
    </message>
    <message>
        <source>{error}</source>
        <translation>{error}</translation>
    </message>
    <message>
        <source>{error} in line {line}</source>
        <translation>第 {line} 行：{error}</translation>
    </message>
    <message>
        <source>{field} has no setting; the pipeline's counts.</source>
        <translation>{field} 没有对应的设置；以整个流程的为准。</translation>
    </message>
    <message>
        <source>{field} is given twice</source>
        <translation>{field} 重复给出</translation>
    </message>
    <message>
        <source>{file} belongs to a gallery, or would look as if it did.</source>
        <translation>{file} 属于图库，或看起来会像图库的文件。</translation>
    </message>
    <message>
        <source>{file} cannot be opened.</source>
        <translation>无法打开 {file}。</translation>
    </message>
    <message>
        <source>{file} cannot be read: {error}.</source>
        <translation>{file} 无法读取：{error}。</translation>
    </message>
    <message>
        <source>{file} cannot be written.</source>
        <translation>无法写入 {file}。</translation>
    </message>
    <message>
        <source>{file} cannot be written: {reason}.</source>
        <translation>{file} 无法写入：{reason}。</translation>
    </message>
    <message>
        <source>{file} could not be read or written: {error}.</source>
        <translation>无法读写 {file}：{error}。</translation>
    </message>
    <message>
        <source>{file} could not be used: {error}.</source>
        <translation>无法使用 {file}：{error}。</translation>
    </message>
    <message>
        <source>{file} holds features of a wrong length.</source>
        <translation>{file} 含有长度错误的特征。</translation>
    </message>
    <message>
        <source>{file} is a folder, not a gallery's file.</source>
        <translation>{file} 是文件夹，不是图库的文件。</translation>
    </message>
    <message>
        <source>{file} is being written by another program.</source>
        <translation>另一个程序正在写入 {file}。</translation>
    </message>
    <message>
        <source>{file} is damaged: it has no name of its own.</source>
        <translation>{file} 已损坏：它没有自己的名称。</translation>
    </message>
    <message>
        <source>{file} is damaged: its end is missing.</source>
        <translation>{file} 已损坏：缺少结尾。</translation>
    </message>
    <message>
        <source>{file} is damaged: {damage}.</source>
        <translation>{file} 已损坏：{damage}。</translation>
    </message>
    <message>
        <source>{file} is damaged: {error}.</source>
        <translation>{file} 已损坏：{error}。</translation>
    </message>
    <message>
        <source>{file} is empty.</source>
        <translation>{file} 是空的。</translation>
    </message>
    <message>
        <source>{file} is not a gallery, or is damaged.</source>
        <translation>{file} 不是图库，或已损坏。</translation>
    </message>
    <message>
        <source>{file} is there already and is not a backup of a gallery.</source>
        <translation>{file} 已存在，且不是图库的备份。</translation>
    </message>
    <message>
        <source>{file} may not be opened: {error}.</source>
        <translation>无权打开 {file}：{error}。</translation>
    </message>
    <message>
        <source>{file} takes the inputs {wanted}, not {given}.</source>
        <translation>{file} 接受的输入是 {wanted}，而不是 {given}。</translation>
    </message>
    <message>
        <source>{file} was already closed.</source>
        <translation>{file} 已经关闭。</translation>
    </message>
    <message>
        <source>{file} was made by a newer version of this program (schema {found}; {known} is known).</source>
        <translation>{file} 由本程序的较新版本生成（结构版本 {found}；已知 {known}）。</translation>
    </message>
    <message>
        <source>{file} was made by an older version of this program and cannot be written.</source>
        <translation>{file} 由本程序的较旧版本生成，无法写入。</translation>
    </message>
    <message>
        <source>{file} was made by another program.</source>
        <translation>{file} 由其他程序生成。</translation>
    </message>
    <message>
        <source>{first} {further}</source>
        <translation>{first}{further}</translation>
    </message>
    <message>
        <source>{folder} already holds other files.</source>
        <translation>{folder} 中已有其他文件。</translation>
    </message>
    <message>
        <source>{folder} already holds other pictures.</source>
        <translation>{folder} 中已有其他图片。</translation>
    </message>
    <message>
        <source>{folder} cannot be removed: {reason}.</source>
        <translation>{folder} 无法移除：{reason}。</translation>
    </message>
    <message>
        <source>{folder} cannot be used for annotated pictures: {error}.</source>
        <translation>{folder} 无法用于标注图片：{error}。</translation>
    </message>
    <message>
        <source>{folder} cannot be written: {error}.</source>
        <translation>{folder} 无法写入：{error}。</translation>
    </message>
    <message>
        <source>{folder} holds a feature of zeros alone, under id {id}: nobody is like it.</source>
        <translation>{folder} 中 id {id} 的特征全为零：没有人与它相似。</translation>
    </message>
    <message>
        <source>{folder} holds features of length {length}, but {model} makes features of length {other}.</source>
        <translation>{folder} 中特征的长度为 {length}，但 {model} 生成的特征长度为 {other}。</translation>
    </message>
    <message>
        <source>{folder} holds features of other faces.</source>
        <translation>{folder} 含有其他人脸的特征。</translation>
    </message>
    <message>
        <source>{folder} holds features of {found} numbers, but the face feature model {model} makes features of {made}.</source>
        <translation>{folder} 中的特征有 {found} 个数，而人脸特征模型 {model} 生成的特征有 {made} 个数。</translation>
    </message>
    <message>
        <source>{folder} holds features of {model}, but the gallery uses {used}: its people would never be found.</source>
        <translation>{folder} 含有 {model} 的特征，而图库使用 {used}：永远找不到其中的人员。</translation>
    </message>
    <message>
        <source>{folder} holds nobody.</source>
        <translation>{folder} 中没有任何人。</translation>
    </message>
    <message>
        <source>{folder} holds other files, such as {other}.</source>
        <translation>{folder} 中有其他文件，例如 {other}。</translation>
    </message>
    <message>
        <source>{folder} holds {count} people to compare; that is too few to advise a threshold.</source>
        <translation>{folder} 中只有 {count} 人可供比较，太少，无法建议阈值。</translation>
    </message>
    <message>
        <source>{folder} is gone: its drive may have been unplugged.</source>
        <translation>{folder} 已不存在：其驱动器可能已被拔出。</translation>
    </message>
    <message>
        <source>{folder} is no index folder: it must hold vector.index and id_map.yaml.</source>
        <translation>{folder} 不是索引文件夹：其中必须有 vector.index 和 id_map.yaml。</translation>
    </message>
    <message>
        <source>{folder} is not complete.</source>
        <translation>{folder} 不完整。</translation>
    </message>
    <message>
        <source>{folder} is torn: id {id} of vector.index has no label in id_map.yaml.</source>
        <translation>{folder} 已损坏：vector.index 的 id {id} 在 id_map.yaml 中没有标签。</translation>
    </message>
    <message>
        <source>{folder} is torn: its vector.index has {count} vectors, its id_map.yaml {labels} labels.</source>
        <translation>{folder} 已损坏：其 vector.index 有 {count} 个向量，而 id_map.yaml 有 {labels} 个标签。</translation>
    </message>
    <message>
        <source>{key} stands in it twice</source>
        <translation>其中 {key} 重复</translation>
    </message>
    <message>
        <source>{many} faces in {file} belong to nobody.</source>
        <translation>{file} 中有 {many} 张人脸不属于任何人。</translation>
    </message>
    <message>
        <source>{many} faces in {file} have lost their pictures.</source>
        <translation>{file} 中有 {many} 张人脸丢失了图片。</translation>
    </message>
    <message>
        <source>{many} features are not of unit length.</source>
        <translation>{many} 个特征不是单位长度。</translation>
    </message>
    <message>
        <source>{many} features in {file} are damaged.</source>
        <translation>{file} 中有 {many} 个特征已损坏。</translation>
    </message>
    <message>
        <source>{many} people are called {name}.</source>
        <translation>有 {many} 位人员名为 {name}。</translation>
    </message>
    <message>
        <source>{many} rows in {file} refer to what is not there.</source>
        <translation>{file} 中有 {many} 行指向不存在的内容。</translation>
    </message>
    <message>
        <source>{many} verdicts about faces of photos in {file} name nobody.</source>
        <translation>{file} 中有 {many} 条对照片人脸的判定没有对应的人员。</translation>
    </message>
    <message>
        <source>{missing} is missing</source>
        <translation>缺少 {missing}</translation>
    </message>
    <message>
        <source>{name} and {second} are both possible: only {margin} lies between them.</source>
        <translation>{name} 和 {second} 都有可能：两者只相差 {margin}。</translation>
    </message>
    <message>
        <source>{name} cannot be the name of an index.</source>
        <translation>{name} 不能用作索引名称。</translation>
    </message>
    <message>
        <source>{name} cannot be used yet: {reason}</source>
        <translation>{name} 尚不能使用：{reason}</translation>
    </message>
    <message>
        <source>{name} could not be removed: {error}.</source>
        <translation>{name} 无法移除：{error}。</translation>
    </message>
    <message>
        <source>{name} could not be unpacked: {reason}.</source>
        <translation>{name} 无法解包：{reason}。</translation>
    </message>
    <message>
        <source>{name} does not answer.</source>
        <translation>{name} 没有响应。</translation>
    </message>
    <message>
        <source>{name} does not lie inside it</source>
        <translation>{name} 不在其中</translation>
    </message>
    <message>
        <source>{name} failed while it was read ({error}).</source>
        <translation>读取 {name} 时失败（{error}）。</translation>
    </message>
    <message>
        <source>{name} gives no picture.</source>
        <translation>{name} 没有画面。</translation>
    </message>
    <message>
        <source>{name} hangs: its driver does not answer any more.</source>
        <translation>{name} 停滞：其驱动程序不再响应。</translation>
    </message>
    <message>
        <source>{name} has given no picture for {seconds:g} seconds.</source>
        <translation>{name} 已有 {seconds:g} 秒没有画面。</translation>
    </message>
    <message>
        <source>{name} holds no picture that can be read; {count} were left out.</source>
        <translation>{name} 中没有可读取的图片；已略过 {count} 张。</translation>
    </message>
    <message>
        <source>{name} holds no pictures.</source>
        <translation>{name} 中没有图片。</translation>
    </message>
    <message>
        <source>{name} is already in this picture with a nearer face.</source>
        <translation>{name} 已在此图片中，且有更接近的人脸。</translation>
    </message>
    <message>
        <source>{name} is being fetched by another window or program.</source>
        <translation>{name} 正由另一个窗口或程序下载。</translation>
    </message>
    <message>
        <source>{name} is built in and stays.</source>
        <translation>{name} 是内置的，不能移除。</translation>
    </message>
    <message>
        <source>{name} is damaged: only {read} of its {told} frames could be read.</source>
        <translation>{name} 已损坏：{told} 帧中只有 {read} 帧可读取。</translation>
    </message>
    <message>
        <source>{name} is in it twice</source>
        <translation>其中 {name} 重复</translation>
    </message>
    <message>
        <source>{name} is likely; a moment longer.</source>
        <translation>可能是 {name}；请稍候。</translation>
    </message>
    <message>
        <source>{name} is no model for {task}; the present one stays.</source>
        <translation>{name} 不是用于 {task} 的模型；保留当前模型。</translation>
    </message>
    <message>
        <source>{name} is no plain file</source>
        <translation>{name} 不是普通文件</translation>
    </message>
    <message>
        <source>{name} is not plugged in.</source>
        <translation>{name} 没有插入。</translation>
    </message>
    <message>
        <source>{name} is not the address of a stream.</source>
        <translation>{name} 不是视频流地址。</translation>
    </message>
    <message>
        <source>{name} is packed in an unusual way</source>
        <translation>{name} 的压缩方式不常见</translation>
    </message>
    <message>
        <source>{name} is possible: {similarity} lies below {limit}.</source>
        <translation>可能是 {name}：{similarity} 低于 {limit}。</translation>
    </message>
    <message>
        <source>{name} may not be used by FaceFolio.</source>
        <translation>FaceFolio 不被允许使用 {name}。</translation>
    </message>
    <message>
        <source>{name} of {kind} must be a whole number from {low} to {high}, not {value!r}.</source>
        <translation>{kind} 的 {name} 必须是 {low} 到 {high} 的整数，而不是 {value!r}。</translation>
    </message>
    <message>
        <source>{name} refused to be opened.</source>
        <translation>{name} 拒绝打开。</translation>
    </message>
    <message>
        <source>{name} stopped giving pictures.</source>
        <translation>{name} 停止提供画面。</translation>
    </message>
    <message>
        <source>{name} wants a password</source>
        <translation>{name} 需要密码</translation>
    </message>
    <message>
        <source>{name}: the checksum is right</source>
        <translation>{name}：校验和正确</translation>
    </message>
    <message>
        <source>{one} and {other} agree within {most:.1g}</source>
        <translation>{one} 与 {other} 一致，相差不超过 {most:.1g}</translation>
    </message>
    <message>
        <source>{one} and {other} do not agree about {name}: the results differ by {difference:.2g}.</source>
        <translation>{one} 和 {other} 对 {name} 的结果不一致：相差 {difference:.2g}。</translation>
    </message>
    <message>
        <source>{part} is missing</source>
        <translation>缺少 {part}</translation>
    </message>
    <message>
        <source>{path} cannot be converted: Paddle2ONNX says: {reason}</source>
        <translation>{path} 无法转换：Paddle2ONNX 提示：{reason}</translation>
    </message>
    <message>
        <source>{path} cannot be enrolled: {reason}</source>
        <translation>无法录入 {path}：{reason}</translation>
    </message>
    <message>
        <source>{path} cannot be made: {error}.</source>
        <translation>{path} 无法创建：{error}。</translation>
    </message>
    <message>
        <source>{path} cannot be opened by {engine}: {error}</source>
        <translation>{path} 无法由 {engine} 打开：{error}</translation>
    </message>
    <message>
        <source>{path} cannot be played: it is damaged, or of a kind that is not known here.</source>
        <translation>{path} 无法播放：它已损坏，或其类型不受支持。</translation>
    </message>
    <message>
        <source>{path} cannot be read: {error}.</source>
        <translation>{path} 无法读取：{error}。</translation>
    </message>
    <message>
        <source>{path} cannot be read: {reason}.</source>
        <translation>{path} 无法读取：{reason}。</translation>
    </message>
    <message>
        <source>{path} cannot be unpacked: {reason}.</source>
        <translation>{path} 无法解包：{reason}。</translation>
    </message>
    <message>
        <source>{path} cannot be written: {error}.</source>
        <translation>{path} 无法写入：{error}。</translation>
    </message>
    <message>
        <source>{path} cannot be written: {reason}.</source>
        <translation>{path} 无法写入：{reason}。</translation>
    </message>
    <message>
        <source>{path} cannot be written: {suffix} is not a picture format known here.</source>
        <translation>{path} 无法写入：{suffix} 不是受支持的图片格式。</translation>
    </message>
    <message>
        <source>{path} changed while it was copied.</source>
        <translation>{path} 在复制过程中发生了变化。</translation>
    </message>
    <message>
        <source>{path} could not be copied to {target}: {error}.</source>
        <translation>{path} 无法复制到 {target}：{error}。</translation>
    </message>
    <message>
        <source>{path} describes another model: {name}.</source>
        <translation>{path} 描述的是另一个模型：{name}。</translation>
    </message>
    <message>
        <source>{path} does not exist.</source>
        <translation>{path} 不存在。</translation>
    </message>
    <message>
        <source>{path} does not fit into memory.</source>
        <translation>{path} 超出可用内存。</translation>
    </message>
    <message>
        <source>{path} does not have the size it was saved with.</source>
        <translation>{path} 的大小与保存时不同。</translation>
    </message>
    <message>
        <source>{path} does not hold a list of settings.</source>
        <translation>{path} 中不是设置列表。</translation>
    </message>
    <message>
        <source>{path} does not name pictures.</source>
        <translation>{path} 中没有列出图片。</translation>
    </message>
    <message>
        <source>{path} has changed since it was looked at.</source>
        <translation>{path} 在查看之后发生了变化。</translation>
    </message>
    <message>
        <source>{path} has no card, and it is not among the models known by their checksum.</source>
        <translation>{path} 没有模型卡，也不在按校验和已知的模型之列。</translation>
    </message>
    <message>
        <source>{path} has {width} x {height} pixels, more than the limit of {limit:g} megapixels.</source>
        <translation>{path} 有 {width} x {height} 像素，超过 {limit:g} 百万像素的限制。</translation>
    </message>
    <message>
        <source>{path} holds no model.</source>
        <translation>{path} 中没有模型。</translation>
    </message>
    <message>
        <source>{path} holds several models: {names}.</source>
        <translation>{path} 中有多个模型：{names}。</translation>
    </message>
    <message>
        <source>{path} holds too little to evaluate: {count} pairs.</source>
        <translation>{path} 的内容太少，无法评估：{count} 对。</translation>
    </message>
    <message>
        <source>{path} is a HEIC picture, for which a package is missing.</source>
        <translation>{path} 是 HEIC 图片，缺少所需的软件包。</translation>
    </message>
    <message>
        <source>{path} is a folder, not a picture.</source>
        <translation>{path} 是文件夹，不是图片。</translation>
    </message>
    <message>
        <source>{path} is a folder.</source>
        <translation>{path} 是文件夹。</translation>
    </message>
    <message>
        <source>{path} is an AVIF picture, which this Pillow cannot read.</source>
        <translation>{path} 是 AVIF 图片，此 Pillow 无法读取。</translation>
    </message>
    <message>
        <source>{path} is damaged and cannot be decoded.</source>
        <translation>{path} 已损坏，无法解码。</translation>
    </message>
    <message>
        <source>{path} is damaged or absent.</source>
        <translation>{path} 已损坏或不存在。</translation>
    </message>
    <message>
        <source>{path} is damaged.</source>
        <translation>{path} 已损坏。</translation>
    </message>
    <message>
        <source>{path} is damaged: its checksum is not the card's.</source>
        <translation>{path} 已损坏：其校验和与模型卡不同。</translation>
    </message>
    <message>
        <source>{path} is damaged: its checksum is wrong.</source>
        <translation>{path} 已损坏：其校验和错误。</translation>
    </message>
    <message>
        <source>{path} is empty.</source>
        <translation>{path} 是空的。</translation>
    </message>
    <message>
        <source>{path} is larger than 256 KiB, which no such file is.</source>
        <translation>{path} 大于 256 KiB，此类文件不会这么大。</translation>
    </message>
    <message>
        <source>{path} is larger than {most}; it is no list.</source>
        <translation>{path} 大于 {most}；它不是列表。</translation>
    </message>
    <message>
        <source>{path} is missing.</source>
        <translation>缺少 {path}。</translation>
    </message>
    <message>
        <source>{path} is no JSON: {error}.</source>
        <translation>{path} 不是 JSON：{error}。</translation>
    </message>
    <message>
        <source>{path} is no PaddleX model folder: it wants inference.yml, a Paddle program and its weights.</source>
        <translation>{path} 不是 PaddleX 模型文件夹：需要 inference.yml、Paddle 程序及其权重。</translation>
    </message>
    <message>
        <source>{path} is no XML: {error}.</source>
        <translation>{path} 不是 XML：{error}。</translation>
    </message>
    <message>
        <source>{path} is no folder.</source>
        <translation>{path} 不是文件夹。</translation>
    </message>
    <message>
        <source>{path} is not a file.</source>
        <translation>{path} 不是文件。</translation>
    </message>
    <message>
        <source>{path} is not a folder.</source>
        <translation>{path} 不是文件夹。</translation>
    </message>
    <message>
        <source>{path} is not a model that can be added.</source>
        <translation>{path} 不是可添加的模型。</translation>
    </message>
    <message>
        <source>{path} is not a picture, or its beginning is damaged.</source>
        <translation>{path} 不是图片，或其开头已损坏。</translation>
    </message>
    <message>
        <source>{path} is not a sound face index: {what}.</source>
        <translation>{path} 不是完好的人脸索引：{what}。</translation>
    </message>
    <message>
        <source>{path} is not a sound map of ids: {what}.</source>
        <translation>{path} 不是完好的 id 映射：{what}。</translation>
    </message>
    <message>
        <source>{path} is not a text file in UTF-8.</source>
        <translation>{path} 不是 UTF-8 文本文件。</translation>
    </message>
    <message>
        <source>{path} is not a text file.</source>
        <translation>{path} 不是文本文件。</translation>
    </message>
    <message>
        <source>{path} is not a usable YAML file: {error}</source>
        <translation>{path} 不是可用的 YAML 文件：{error}</translation>
    </message>
    <message>
        <source>{path} is not a video file.</source>
        <translation>{path} 不是视频文件。</translation>
    </message>
    <message>
        <source>{path} is not complete: its end is missing.</source>
        <translation>{path} 不完整：缺少结尾。</translation>
    </message>
    <message>
        <source>{path} is not the file that its card describes: the checksum differs.</source>
        <translation>{path} 不是其模型卡所描述的文件：校验和不同。</translation>
    </message>
    <message>
        <source>{path} is not there.</source>
        <translation>{path} 不在那里。</translation>
    </message>
    <message>
        <source>{path} is not valid YAML: {error}.</source>
        <translation>{path} 不是有效的 YAML：{error}。</translation>
    </message>
    <message>
        <source>{path} is not what its sidecar says.</source>
        <translation>{path} 与其附属文件的说明不符。</translation>
    </message>
    <message>
        <source>{path} is shorter than its {count} vectors.</source>
        <translation>{path} 比其 {count} 个向量短。</translation>
    </message>
    <message>
        <source>{path} is to be enlarged to {width} x {height} pixels, which is too much.</source>
        <translation>{path} 须放大到 {width} x {height} 像素，过大。</translation>
    </message>
    <message>
        <source>{path} is too large to be a photo ({megabytes:.0f} MB).</source>
        <translation>{path} 太大，不可能是照片（{megabytes:.0f} MB）。</translation>
    </message>
    <message>
        <source>{path} is too large to import: {size} MB, at most {most} MB.</source>
        <translation>{path} 太大，无法导入：{size} MB，最多 {most} MB。</translation>
    </message>
    <message>
        <source>{path} lies alone: {other} is missing.</source>
        <translation>{path} 单独存在：缺少 {other}。</translation>
    </message>
    <message>
        <source>{path} lies beside the people's folders, so it is not clear who it shows.</source>
        <translation>{path} 放在人员文件夹旁边，因此不清楚其中是谁。</translation>
    </message>
    <message>
        <source>{path} may not be read.</source>
        <translation>不允许读取 {path}。</translation>
    </message>
    <message>
        <source>{path} names its people itself, so no other name can be given.</source>
        <translation>{path} 自己给出了人员姓名，因此不能另给姓名。</translation>
    </message>
    <message>
        <source>{path} names no face.</source>
        <translation>{path} 中没有给出任何人脸。</translation>
    </message>
    <message>
        <source>{path} prepares pictures by steps that are not known here: {unknown}.</source>
        <translation>{path} 的图片预处理步骤中有不认识的：{unknown}。</translation>
    </message>
    <message>
        <source>{path}, line {number}: not two paths and 0 or 1.</source>
        <translation>{path} 第 {number} 行：不是两个路径和 0 或 1。</translation>
    </message>
    <message>
        <source>{path}, picture {name}: {reason}.</source>
        <translation>{path}，图片 {name}：{reason}。</translation>
    </message>
    <message>
        <source>{path}: a single picture needs a name.</source>
        <translation>{path}：单张图片需要姓名。</translation>
    </message>
    <message>
        <source>{path}: no face found.</source>
        <translation>{path}：未找到人脸。</translation>
    </message>
    <message>
        <source>{path}: the face is not found there any more.</source>
        <translation>{path}：在那里已找不到这张人脸。</translation>
    </message>
    <message>
        <source>{path}: the face is of too low quality ({score} of {least}). {reasons}</source>
        <translation>{path}：人脸质量太低（{score}，要求 {least}）。{reasons}</translation>
    </message>
    <message>
        <source>{path}: {count} faces found, so it is not clear whom to enroll.</source>
        <translation>{path}：找到 {count} 张人脸，因此不清楚录入哪一张。</translation>
    </message>
    <message>
        <source>{path}: {field} must be {wanted}, not {given}.</source>
        <translation>{path}：{field} 必须是{wanted}，而不是 {given}。</translation>
    </message>
    <message>
        <source>{path}: {reason}</source>
        <translation>{path}：{reason}</translation>
    </message>
    <message>
        <source>{reason}</source>
        <translation>{reason}</translation>
    </message>
    <message>
        <source>{width} x {height} pixels</source>
        <translation>{width} × {height} 像素</translation>
    </message>
    <message>
        <source>{word} is not an id</source>
        <translation>{word} 不是 id</translation>
    </message>
    <message>
        <source>简体中文</source>
        <translation>简体中文</translation>
    </message>
</context>
<context>
    <name>gui</name>
    <message>
        <source>&amp;About FaceFolio</source>
        <translation>关于 FaceFolio(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Add a file…</source>
        <translation>添加文件(&amp;A)…</translation>
    </message>
    <message>
        <source>&amp;Add {count} face</source>
        <translation>添加 {count} 张人脸(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Add {count} faces</source>
        <translation>添加 {count} 张人脸(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Address of the camera or stream:</source>
        <translation>摄像头或视频流的地址(&amp;A)：</translation>
    </message>
    <message>
        <source>&amp;All {count} rows</source>
        <translation>全部 {count} 行(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Append</source>
        <translation>追加(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Append people…</source>
        <translation>追加人员(&amp;A)…</translation>
    </message>
    <message>
        <source>&amp;Back up now…</source>
        <translation>立即备份(&amp;B)…</translation>
    </message>
    <message>
        <source>&amp;Batch</source>
        <translation>批量(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Build</source>
        <translation>构建(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Build…</source>
        <translation>构建(&amp;B)…</translation>
    </message>
    <message>
        <source>&amp;Camera</source>
        <translation>摄像头(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Choose…</source>
        <translation>选择(&amp;C)…</translation>
    </message>
    <message>
        <source>&amp;Chosen people:</source>
        <translation>选定的人员(&amp;C)：</translation>
    </message>
    <message>
        <source>&amp;Clear results</source>
        <translation>清空结果(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>关闭(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Compact</source>
        <translation>压实(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Copy problems</source>
        <translation>复制问题(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Default</source>
        <translation>默认值(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>删除(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Diagnostics file…</source>
        <translation>诊断文件(&amp;D)…</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Erase for good…</source>
        <translation>彻底清除(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Everyone, also who comes later</source>
        <translation>所有人，包括以后加入的(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>导出(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Export results…</source>
        <translation>导出结果(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Export to PaddleX…</source>
        <translation>导出到 PaddleX(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>导出(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Fetch</source>
        <translation>下载(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Find</source>
        <translation>查找(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Folder</source>
        <translation>文件夹(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Follow</source>
        <translation>跟随(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Full screen</source>
        <translation>全屏(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Gallery</source>
        <translation>图库(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;History…</source>
        <translation>历史记录(&amp;H)…</translation>
    </message>
    <message>
        <source>&amp;Import</source>
        <translation>导入(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Import from PaddleX…</source>
        <translation>从 PaddleX 导入(&amp;I)…</translation>
    </message>
    <message>
        <source>&amp;Import…</source>
        <translation>导入(&amp;I)…</translation>
    </message>
    <message>
        <source>&amp;Index</source>
        <translation>索引(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Indexes</source>
        <translation>索引(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts…</source>
        <translation>键盘快捷键(&amp;K)…</translation>
    </message>
    <message>
        <source>&amp;List file…</source>
        <translation>列表文件(&amp;L)…</translation>
    </message>
    <message>
        <source>&amp;Measure here</source>
        <translation>在本机测速(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Merge…</source>
        <translation>合并(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;Metric</source>
        <translation>度量(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Mirror</source>
        <translation>镜像(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Models…</source>
        <translation>模型(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>名称(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Name of this face</source>
        <translation>这张人脸的姓名(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Name of {count} chosen row</source>
        <translation>选中的 {count} 行的姓名(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Name of {count} chosen rows</source>
        <translation>选中的 {count} 行的姓名(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;New gallery…</source>
        <translation>新建图库(&amp;N)…</translation>
    </message>
    <message>
        <source>&amp;None</source>
        <translation>无(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Not this person</source>
        <translation>不是此人(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Notes, kept in the gallery:</source>
        <translation>备注，保存在图库中(&amp;N)：</translation>
    </message>
    <message>
        <source>&amp;Notes…</source>
        <translation>备注(&amp;N)…</translation>
    </message>
    <message>
        <source>&amp;Open photo</source>
        <translation>打开照片(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation>打开(&amp;O)…</translation>
    </message>
    <message>
        <source>&amp;People</source>
        <translation>人员(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Photos…</source>
        <translation>照片(&amp;P)…</translation>
    </message>
    <message>
        <source>&amp;Play the sample film</source>
        <translation>播放示例影片(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Previous face</source>
        <translation>上一张人脸(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Recent</source>
        <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>移除(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Remove people…</source>
        <translation>移除人员(&amp;R)…</translation>
    </message>
    <message>
        <source>&amp;Remove…</source>
        <translation>移除(&amp;R)…</translation>
    </message>
    <message>
        <source>&amp;Rename…</source>
        <translation>重命名(&amp;R)…</translation>
    </message>
    <message>
        <source>&amp;Reset layout</source>
        <translation>重置布局(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Run again</source>
        <translation>重新运行(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Sample gallery</source>
        <translation>示例图库(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Save the list…</source>
        <translation>保存列表(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Save…</source>
        <translation>保存(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>设置(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>开始(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Start or stop</source>
        <translation>开始或停止(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Start tagging</source>
        <translation>开始标注(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Tag a folder…</source>
        <translation>标注文件夹(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Tag the sample photos</source>
        <translation>标注示例照片(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Take these</source>
        <translation>采用这些(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Tools</source>
        <translation>工具(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Try these again</source>
        <translation>重试这些(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Type</source>
        <translation>类型(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Untick all shown</source>
        <translation>取消勾选所显示的全部(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Use</source>
        <translation>使用(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Use for recognition</source>
        <translation>用于识别(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Use here instead</source>
        <translation>改为用于此处(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Verify</source>
        <translation>校验(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Video file…</source>
        <translation>视频文件(&amp;V)…</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Who is this?</source>
        <translation>这是谁(&amp;W)？</translation>
    </message>
    <message>
        <source>&amp;Whole photo</source>
        <translation>整张照片(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Yes, right</source>
        <translation>是，正确(&amp;Y)</translation>
    </message>
    <message>
        <source>A PaddleX gallery.txt or a CSV file of pictures and names</source>
        <translation>PaddleX 的 gallery.txt，或由图片与姓名组成的 CSV 文件</translation>
    </message>
    <message>
        <source>A camera of the network: rtsp, http</source>
        <translation>网络摄像头：rtsp、http</translation>
    </message>
    <message>
        <source>A folder that PaddleX reads</source>
        <translation>PaddleX 可读取的文件夹</translation>
    </message>
    <message>
        <source>A gallery keeps people and their faces.</source>
        <translation>图库保存人员及其人脸。</translation>
    </message>
    <message>
        <source>A job is at work on this index.</source>
        <translation>有任务正在处理此索引。</translation>
    </message>
    <message>
        <source>A model that finds faces and one that tells people apart work together. Everything runs on this machine; a model is fetched only when you say so.</source>
        <translation>一个模型负责找出人脸，另一个负责区分人员，两者配合工作。一切都在本机运行；只有您要求时才会下载模型。</translation>
    </message>
    <message>
        <source>A new index, or another shape for one</source>
        <translation>新建索引，或为已有索引换一种结构</translation>
    </message>
    <message>
        <source>A new or empty folder</source>
        <translation>新的或空的文件夹</translation>
    </message>
    <message>
        <source>A paused run is not readable any more: {error}.</source>
        <translation>已暂停的运行无法再读取：{error}。</translation>
    </message>
    <message>
        <source>A photo with {count} face</source>
        <translation>一张有 {count} 张人脸的照片</translation>
    </message>
    <message>
        <source>A photo with {count} faces</source>
        <translation>一张有 {count} 张人脸的照片</translation>
    </message>
    <message>
        <source>About FaceFolio</source>
        <translation>关于 FaceFolio</translation>
    </message>
    <message>
        <source>About the chosen face</source>
        <translation>关于选中的人脸</translation>
    </message>
    <message>
        <source>About the chosen model</source>
        <translation>关于选中的模型</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Add a f&amp;older…</source>
        <translation>添加文件夹(&amp;O)…</translation>
    </message>
    <message>
        <source>Add a model: choose its file</source>
        <translation>添加模型：选择其文件</translation>
    </message>
    <message>
        <source>Add a model: choose its folder</source>
        <translation>添加模型：选择其文件夹</translation>
    </message>
    <message>
        <source>Add a person without pictures yet</source>
        <translation>添加一位还没有图片的人员</translation>
    </message>
    <message>
        <source>Add photos of {name}</source>
        <translation>添加 {name} 的照片</translation>
    </message>
    <message>
        <source>Add photos…</source>
        <translation>添加照片…</translation>
    </message>
    <message>
        <source>Add to the &amp;queue</source>
        <translation>加入队列(&amp;Q)</translation>
    </message>
    <message>
        <source>Add {count} file to {name}</source>
        <translation>将 {count} 个文件添加给 {name}</translation>
    </message>
    <message>
        <source>Add {count} files to {name}</source>
        <translation>将 {count} 个文件添加给 {name}</translation>
    </message>
    <message>
        <source>Add {count} model first: {names}</source>
        <translation>先添加 {count} 个模型：{names}</translation>
    </message>
    <message>
        <source>Add {count} models first: {names}</source>
        <translation>先添加 {count} 个模型：{names}</translation>
    </message>
    <message>
        <source>Adding the chosen faces…</source>
        <translation>正在添加选中的人脸…</translation>
    </message>
    <message>
        <source>Advised limits</source>
        <translation>建议的阈值</translation>
    </message>
    <message>
        <source>Advised: {threshold}. At most {share} of such strangers get a name then.</source>
        <translation>建议值：{threshold}。此时这类陌生人中最多有 {share} 会被叫出名字。</translation>
    </message>
    <message>
        <source>All changes of the gallery, newest first</source>
        <translation>图库的全部更改，最新的在前</translation>
    </message>
    <message>
        <source>All chosen rows get this name and will be added (Enter)</source>
        <translation>选中的各行都采用此姓名并将被添加（Enter）</translation>
    </message>
    <message>
        <source>All of it is in the gallery already; nothing was added.</source>
        <translation>这些都已在图库中；没有添加任何内容。</translation>
    </message>
    <message>
        <source>All panels where they were at first</source>
        <translation>所有面板恢复到最初的位置</translation>
    </message>
    <message>
        <source>All people</source>
        <translation>所有人员</translation>
    </message>
    <message>
        <source>All settings, applied at once</source>
        <translation>全部设置，立即生效</translation>
    </message>
    <message>
        <source>All shortcuts are as at first.</source>
        <translation>全部快捷键已恢复为最初的设置。</translation>
    </message>
    <message>
        <source>All {count}</source>
        <translation>全部 {count}</translation>
    </message>
    <message>
        <source>An address begins with one of {known}.</source>
        <translation>地址应以 {known} 之一开头。</translation>
    </message>
    <message>
        <source>Analyses a second at most</source>
        <translation>每秒分析次数上限</translation>
    </message>
    <message>
        <source>Append people to {name}</source>
        <translation>向 {name} 追加人员</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Back to the default</source>
        <translation>恢复默认值</translation>
    </message>
    <message>
        <source>Back up the gallery</source>
        <translation>备份图库</translation>
    </message>
    <message>
        <source>Backed up {name} to {file}.</source>
        <translation>已将 {name} 备份到 {file}。</translation>
    </message>
    <message>
        <source>Backups (*.backup);;All files (*)</source>
        <translation>备份 (*.backup);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>批量</translation>
    </message>
    <message>
        <source>Best quality first</source>
        <translation>质量最好的在前</translation>
    </message>
    <message>
        <source>Build an index</source>
        <translation>构建索引</translation>
    </message>
    <message>
        <source>Build and manage indexes</source>
        <translation>构建和管理索引</translation>
    </message>
    <message>
        <source>Built-in models stay.</source>
        <translation>内置模型不能移除。</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>按姓名</translation>
    </message>
    <message>
        <source>By person</source>
        <translation>按人员</translation>
    </message>
    <message>
        <source>C&amp;hoose…</source>
        <translation>选择(&amp;H)…</translation>
    </message>
    <message>
        <source>C&amp;lear ended jobs</source>
        <translation>清除已结束的任务(&amp;L)</translation>
    </message>
    <message>
        <source>C&amp;opy</source>
        <translation>复制(&amp;O)</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>摄像头</translation>
    </message>
    <message>
        <source>Camera and batch search this index</source>
        <translation>摄像头和批量任务搜索此索引</translation>
    </message>
    <message>
        <source>Camera and batch search this index.</source>
        <translation>摄像头和批量任务搜索此索引。</translation>
    </message>
    <message>
        <source>Camera picture</source>
        <translation>摄像头画面</translation>
    </message>
    <message>
        <source>Cameras and photos</source>
        <translation>摄像头和照片</translation>
    </message>
    <message>
        <source>Cameras only</source>
        <translation>仅摄像头</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Cancel the job</source>
        <translation>取消此任务</translation>
    </message>
    <message>
        <source>Cancel the jobs</source>
        <translation>取消这些任务</translation>
    </message>
    <message>
        <source>Cancel {job}</source>
        <translation>取消{job}</translation>
    </message>
    <message>
        <source>Cancel: what was found is kept</source>
        <translation>取消：已找到的内容会保留</translation>
    </message>
    <message>
        <source>Cancelled at {done} of {total} photos; what was found is kept</source>
        <translation>已在 {done}/{total} 张照片处取消；已找到的内容会保留</translation>
    </message>
    <message>
        <source>Candidates (rec_topk)</source>
        <translation>候选人数（rec_topk）</translation>
    </message>
    <message>
        <source>Cannot be moved to another model</source>
        <translation>无法转到其他模型</translation>
    </message>
    <message>
        <source>Cards (*.yaml *.yml)</source>
        <translation>模型卡 (*.yaml *.yml)</translation>
    </message>
    <message>
        <source>Changes of the gallery, the newest first</source>
        <translation>图库的更改，最新的在前</translation>
    </message>
    <message>
        <source>Chec&amp;k</source>
        <translation>检查(&amp;K)</translation>
    </message>
    <message>
        <source>Chec&amp;k gallery</source>
        <translation>检查图库(&amp;K)</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>Choose a change to go back to the state before it.</source>
        <translation>选择一项更改，回到它之前的状态。</translation>
    </message>
    <message>
        <source>Choose a folder first.</source>
        <translation>请先选择文件夹。</translation>
    </message>
    <message>
        <source>Choose a folder, or drop some here. Your photos are only read, never changed.</source>
        <translation>选择文件夹，或将其拖放到此处。照片只会被读取，绝不会被修改。</translation>
    </message>
    <message>
        <source>Choose a model first.</source>
        <translation>请先选择模型。</translation>
    </message>
    <message>
        <source>Choose a model to read about it.</source>
        <translation>选择一个模型以查看其说明。</translation>
    </message>
    <message>
        <source>Choose a person first.</source>
        <translation>请先选择人员。</translation>
    </message>
    <message>
        <source>Choose a row of the results first.</source>
        <translation>请先选择一行结果。</translation>
    </message>
    <message>
        <source>Choose an exported index folder</source>
        <translation>选择导出的索引文件夹</translation>
    </message>
    <message>
        <source>Choose an index first.</source>
        <translation>请先选择索引。</translation>
    </message>
    <message>
        <source>Choose an index folder…</source>
        <translation>选择索引文件夹…</translation>
    </message>
    <message>
        <source>Choose an index to see what it holds and how well it finds.</source>
        <translation>选择一个索引，查看其内容及查找效果。</translation>
    </message>
    <message>
        <source>Choose faces in the grid first.</source>
        <translation>请先在网格中选择人脸。</translation>
    </message>
    <message>
        <source>Choose its card…</source>
        <translation>选择其模型卡…</translation>
    </message>
    <message>
        <source>Choose one face.</source>
        <translation>请选择一张人脸。</translation>
    </message>
    <message>
        <source>Choose one person.</source>
        <translation>请选择一位人员。</translation>
    </message>
    <message>
        <source>Choose the card of {file}</source>
        <translation>选择 {file} 的模型卡</translation>
    </message>
    <message>
        <source>Choose the people it shall hold, or let it cover everyone.</source>
        <translation>选择它应包含的人员，或让它覆盖所有人。</translation>
    </message>
    <message>
        <source>Choose: {what}</source>
        <translation>选择：{what}</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Chosen people</source>
        <translation>选定的人员</translation>
    </message>
    <message>
        <source>Click to name this face.</source>
        <translation>点击以命名这张人脸。</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Close FaceFolio?</source>
        <translation>关闭 FaceFolio？</translation>
    </message>
    <message>
        <source>Close the program</source>
        <translation>关闭程序</translation>
    </message>
    <message>
        <source>Close this notice</source>
        <translation>关闭此通知</translation>
    </message>
    <message>
        <source>Compare the people with each other, and choose from where a face is known</source>
        <translation>将人员相互比较，并选择多相似才算已知</translation>
    </message>
    <message>
        <source>Compare with the gallery; measure recall and search time</source>
        <translation>与图库比对；测量召回率和搜索时间</translation>
    </message>
    <message>
        <source>Complete the lines of {file}, then add the model again with this card.</source>
        <translation>请补全 {file} 中的各行，然后用此模型卡再次添加模型。</translation>
    </message>
    <message>
        <source>Contents of the diagnostics file</source>
        <translation>诊断文件的内容</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy a picture or a picture file first.</source>
        <translation>请先复制一张图片或一个图片文件。</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>复制详细信息</translation>
    </message>
    <message>
        <source>Ctrl+Enter</source>
        <translation>Ctrl+Enter</translation>
    </message>
    <message>
        <source>Default: {value}.</source>
        <translation>默认值：{value}。</translation>
    </message>
    <message>
        <source>Detail</source>
        <translation>详情</translation>
    </message>
    <message>
        <source>Details of the chosen index</source>
        <translation>所选索引的详情</translation>
    </message>
    <message>
        <source>Detection threshold</source>
        <translation>检测阈值</translation>
    </message>
    <message>
        <source>Detector</source>
        <translation>检测器</translation>
    </message>
    <message>
        <source>Diagnostics file</source>
        <translation>诊断文件</translation>
    </message>
    <message>
        <source>Different people</source>
        <translation>不同的人员</translation>
    </message>
    <message>
        <source>Do again what was taken back</source>
        <translation>重新执行被撤销的操作</translation>
    </message>
    <message>
        <source>Does again everything up to the chosen change.</source>
        <translation>重新执行到所选更改为止的一切。</translation>
    </message>
    <message>
        <source>Done again: {what}</source>
        <translation>已重做：{what}</translation>
    </message>
    <message>
        <source>Done: {total} photos</source>
        <translation>已完成：{total} 张照片</translation>
    </message>
    <message>
        <source>Done: {what}</source>
        <translation>已完成：{what}</translation>
    </message>
    <message>
        <source>Doubtful {count}</source>
        <translation>可疑 {count}</translation>
    </message>
    <message>
        <source>Drawn people to try everything with</source>
        <translation>可随意尝试的手绘人物</translation>
    </message>
    <message>
        <source>Drawn people walk past, as a camera would see them</source>
        <translation>手绘人物走过，如同摄像头所见</translation>
    </message>
    <message>
        <source>Drop images</source>
        <translation>拖放图片</translation>
    </message>
    <message>
        <source>Drop photos here, or a folder for each person.</source>
        <translation>将照片拖放到此处，或每人一个文件夹。</translation>
    </message>
    <message>
        <source>Drop photos here, or choose a person.</source>
        <translation>将照片拖到此处，或选择一位人员。</translation>
    </message>
    <message>
        <source>Drop photos here, or folders: one for each person, named after them. Nothing leaves this computer.</source>
        <translation>将照片或文件夹拖放到此处：每人一个文件夹，以姓名命名。任何内容都不会离开这台电脑。</translation>
    </message>
    <message>
        <source>Drop photos of this person here, or press “Add photos…”.</source>
        <translation>将此人的照片拖放到此处，或按“添加照片…”。</translation>
    </message>
    <message>
        <source>Either finds the same people, as features have the length 1.</source>
        <translation>两者找到的人相同，因为特征的长度为 1。</translation>
    </message>
    <message>
        <source>Empty the list; the gallery stays as it is</source>
        <translation>清空列表；图库保持不变</translation>
    </message>
    <message>
        <source>Engine and device</source>
        <translation>引擎和设备</translation>
    </message>
    <message>
        <source>Engines</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>Enroll</source>
        <translation>录入</translation>
    </message>
    <message>
        <source>Enroll the picture on the clipboard</source>
        <translation>录入剪贴板中的图片</translation>
    </message>
    <message>
        <source>Enrolled {date}</source>
        <translation>录入于 {date}</translation>
    </message>
    <message>
        <source>Enter takes the highlighted person, Ctrl+Enter makes a new one.</source>
        <translation>Enter 采用高亮的人员，Ctrl+Enter 新建人员。</translation>
    </message>
    <message>
        <source>Erase for good?</source>
        <translation>彻底清除？</translation>
    </message>
    <message>
        <source>Erase {count} people for good</source>
        <translation>彻底清除 {count} 位人员</translation>
    </message>
    <message>
        <source>Erase {count} person for good</source>
        <translation>彻底清除 {count} 位人员</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Estimated from its type and its faces.</source>
        <translation>根据其类型和人脸数估算。</translation>
    </message>
    <message>
        <source>Every face that the camera sees or that is found in your photos gets a row here.</source>
        <translation>摄像头看到的或在照片中找到的每张人脸在此占一行。</translation>
    </message>
    <message>
        <source>Everybody</source>
        <translation>所有人</translation>
    </message>
    <message>
        <source>Everyone but {names}: {count}</source>
        <translation>除 {names} 外的所有人：{count}</translation>
    </message>
    <message>
        <source>Everyone of that folder is there already; nothing was imported.</source>
        <translation>该文件夹中的人员都已存在；没有导入任何内容。</translation>
    </message>
    <message>
        <source>Everyone, also who comes later: {count}</source>
        <translation>所有人，包括以后加入的：{count}</translation>
    </message>
    <message>
        <source>Export results</source>
        <translation>导出结果</translation>
    </message>
    <message>
        <source>Export settings</source>
        <translation>导出设置</translation>
    </message>
    <message>
        <source>Export the problems</source>
        <translation>导出问题</translation>
    </message>
    <message>
        <source>Export to PaddleX: choose a folder for the index</source>
        <translation>导出到 PaddleX：为索引选择文件夹</translation>
    </message>
    <message>
        <source>Exported to {files}.</source>
        <translation>已导出到 {files}。</translation>
    </message>
    <message>
        <source>Exported {count} face of {name}.</source>
        <translation>已导出 {name} 的 {count} 张人脸。</translation>
    </message>
    <message>
        <source>Exported {count} faces of {name}.</source>
        <translation>已导出 {name} 的 {count} 张人脸。</translation>
    </message>
    <message>
        <source>Face</source>
        <translation>人脸</translation>
    </message>
    <message>
        <source>Face feature model</source>
        <translation>人脸特征模型</translation>
    </message>
    <message>
        <source>Face found with score {number}</source>
        <translation>检测得分 {number}</translation>
    </message>
    <message>
        <source>Faces</source>
        <translation>人脸</translation>
    </message>
    <message>
        <source>Faces appear here as they are found.</source>
        <translation>找到的人脸会显示在此处。</translation>
    </message>
    <message>
        <source>Faces found</source>
        <translation>找到的人脸</translation>
    </message>
    <message>
        <source>Faces of the chosen person</source>
        <translation>所选人员的人脸</translation>
    </message>
    <message>
        <source>Faces of these people: {named} named rightly, {unsure} proposed, {wrong} named wrongly.</source>
        <translation>这些人的人脸：{named} 认对，{unsure} 仅作建议，{wrong} 认错。</translation>
    </message>
    <message>
        <source>Facts for a report, without pictures and names</source>
        <translation>用于报告的信息，不含图片和姓名</translation>
    </message>
    <message>
        <source>Figures of its makers</source>
        <translation>制作者提供的指标</translation>
    </message>
    <message>
        <source>File of the CSV table</source>
        <translation>CSV 表格的文件</translation>
    </message>
    <message>
        <source>File of the JSON table</source>
        <translation>JSON 表格的文件</translation>
    </message>
    <message>
        <source>Filter by origin and person</source>
        <translation>按来源和人员筛选</translation>
    </message>
    <message>
        <source>Find out who is in the photos of a folder</source>
        <translation>找出文件夹的照片中有谁</translation>
    </message>
    <message>
        <source>Find people</source>
        <translation>查找人员</translation>
    </message>
    <message>
        <source>Find people by name</source>
        <translation>按姓名查找人员</translation>
    </message>
    <message>
        <source>Finds faces with {detector}, compares them with {feature}. {engine} computes on {device}.</source>
        <translation>用 {detector} 找出人脸，用 {feature} 进行比较。{engine} 在 {device} 上运算。</translation>
    </message>
    <message>
        <source>Folder for the pictures with boxes</source>
        <translation>带框图片的文件夹</translation>
    </message>
    <message>
        <source>Folder of &amp;people…</source>
        <translation>人员文件夹(&amp;P)…</translation>
    </message>
    <message>
        <source>Folder of &amp;pictures…</source>
        <translation>图片文件夹(&amp;P)…</translation>
    </message>
    <message>
        <source>Folder of photos</source>
        <translation>照片文件夹</translation>
    </message>
    <message>
        <source>Folder of photos to tag</source>
        <translation>要标注的照片文件夹</translation>
    </message>
    <message>
        <source>Folder of the pictures with boxes</source>
        <translation>带框图片的文件夹</translation>
    </message>
    <message>
        <source>From {source}</source>
        <translation>来自 {source}</translation>
    </message>
    <message>
        <source>Gallery</source>
        <translation>图库</translation>
    </message>
    <message>
        <source>Give the chosen person another name</source>
        <translation>为所选人员改名</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Go on with {job}</source>
        <translation>继续{job}</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史记录</translation>
    </message>
    <message>
        <source>Holds</source>
        <translation>包含</translation>
    </message>
    <message>
        <source>How often faces are looked for; less often leaves the processor more rest</source>
        <translation>多久查找一次人脸；间隔越长，处理器越轻松</translation>
    </message>
    <message>
        <source>How often the index finds first what an exact search finds first; Verify measures it.</source>
        <translation>索引首先找到的与精确搜索首先找到的一致的比例；由“校验”测得。</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>Import folder</source>
        <translation>导入文件夹</translation>
    </message>
    <message>
        <source>Import from PaddleX: choose a folder with vector.index and id_map.yaml</source>
        <translation>从 PaddleX 导入：选择包含 vector.index 和 id_map.yaml 的文件夹</translation>
    </message>
    <message>
        <source>Import settings</source>
        <translation>导入设置</translation>
    </message>
    <message>
        <source>Import the people of its index into {gallery}, without pictures</source>
        <translation>将其索引中的人员导入 {gallery}（不含图片）</translation>
    </message>
    <message>
        <source>Import this index?</source>
        <translation>导入此索引？</translation>
    </message>
    <message>
        <source>Import: choose a folder that holds a folder for each person</source>
        <translation>导入：选择其中每人一个文件夹的文件夹</translation>
    </message>
    <message>
        <source>Import: choose a gallery.txt or a CSV file</source>
        <translation>导入：选择 gallery.txt 或 CSV 文件</translation>
    </message>
    <message>
        <source>Import: choose photos</source>
        <translation>导入：选择照片</translation>
    </message>
    <message>
        <source>In&amp;dex</source>
        <translation>索引(&amp;D)</translation>
    </message>
    <message>
        <source>Index</source>
        <translation>索引</translation>
    </message>
    <message>
        <source>Indexes</source>
        <translation>索引</translation>
    </message>
    <message>
        <source>Indexes of the gallery</source>
        <translation>图库的索引</translation>
    </message>
    <message>
        <source>Information</source>
        <translation>信息</translation>
    </message>
    <message>
        <source>Installed models: choose, add, measure</source>
        <translation>已安装的模型：选择、添加、测速</translation>
    </message>
    <message>
        <source>It can only be read.</source>
        <translation>它只能读取。</translation>
    </message>
    <message>
        <source>It holds drawn people with four faces each. Let some of them walk past as a camera would see them, or find out who is on the group photos. Everything may be tried: each step can be undone.</source>
        <translation>其中是手绘人物，每人四张人脸。可以让其中几位走过，如同摄像头所见，或找出合影中有谁。一切都可以尝试：每一步都能撤销。</translation>
    </message>
    <message>
        <source>It holds everyone already.</source>
        <translation>它已经包含所有人。</translation>
    </message>
    <message>
        <source>It holds nobody.</source>
        <translation>它不包含任何人。</translation>
    </message>
    <message>
        <source>It is a &amp;face</source>
        <translation>这是人脸(&amp;F)</translation>
    </message>
    <message>
        <source>It is being built. What it holds stands here when it is whole; the others serve meanwhile.</source>
        <translation>正在构建。完成后其内容会显示在此处；在此期间由其他索引提供服务。</translation>
    </message>
    <message>
        <source>It is here, or nobody publishes it.</source>
        <translation>它已在本机，或无人发布。</translation>
    </message>
    <message>
        <source>It is in use already.</source>
        <translation>它已在使用中。</translation>
    </message>
    <message>
        <source>It is not here yet.</source>
        <translation>它还不在本机。</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Jobs paused at the last closing go on: {count}.</source>
        <translation>上次关闭时暂停的任务继续运行：{count}。</translation>
    </message>
    <message>
        <source>Keep both</source>
        <translation>两者都保留</translation>
    </message>
    <message>
        <source>Keep the newest record in sight</source>
        <translation>保持显示最新记录</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Keys for {action}:</source>
        <translation>{action}的按键：</translation>
    </message>
    <message>
        <source>Known</source>
        <translation>已知</translation>
    </message>
    <message>
        <source>Known from</source>
        <translation>已知的起点</translation>
    </message>
    <message>
        <source>Known from {known}, proposed from {unsure}</source>
        <translation>{known} 起为已知，{unsure} 起为建议</translation>
    </message>
    <message>
        <source>Known from {threshold}</source>
        <translation>{threshold} 起为已知</translation>
    </message>
    <message>
        <source>Least level shown</source>
        <translation>显示的最低级别</translation>
    </message>
    <message>
        <source>Leave</source>
        <translation>离开</translation>
    </message>
    <message>
        <source>Leave all &amp;out</source>
        <translation>全部不添加(&amp;O)</translation>
    </message>
    <message>
        <source>Leave chosen &amp;out</source>
        <translation>不添加选中的(&amp;O)</translation>
    </message>
    <message>
        <source>Leave this out</source>
        <translation>不采用此项</translation>
    </message>
    <message>
        <source>Leave without adding?</source>
        <translation>不添加就离开？</translation>
    </message>
    <message>
        <source>Let go to find out who is in these photos</source>
        <translation>松开即可找出这些照片中有谁</translation>
    </message>
    <message>
        <source>Letters, digits, spaces, - and _.</source>
        <translation>字母、数字、空格、- 和 _。</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>级别</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>Lists of pictures and names (*.txt *.csv)</source>
        <translation>图片与姓名列表 (*.txt *.csv)</translation>
    </message>
    <message>
        <source>Live recognition</source>
        <translation>实时识别</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Log folde&amp;r</source>
        <translation>日志文件夹(&amp;R)</translation>
    </message>
    <message>
        <source>Look at the faces and enroll them; a folder is one person</source>
        <translation>查看人脸并录入；一个文件夹即一位人员</translation>
    </message>
    <message>
        <source>Look before you add to “{gallery}”</source>
        <translation>添加到“{gallery}”之前先查看</translation>
    </message>
    <message>
        <source>Look for new photos</source>
        <translation>查找新照片</translation>
    </message>
    <message>
        <source>Looked at {time}</source>
        <translation>查看于 {time}</translation>
    </message>
    <message>
        <source>Looking at the pictures: {done} of {total}</source>
        <translation>正在查看图片：{done}/{total}</translation>
    </message>
    <message>
        <source>Looking for cameras…</source>
        <translation>正在查找摄像头…</translation>
    </message>
    <message>
        <source>Looking for photos…</source>
        <translation>正在查找照片…</translation>
    </message>
    <message>
        <source>Lowest quality first</source>
        <translation>质量最低的在前</translation>
    </message>
    <message>
        <source>Make a gallery from a backup file</source>
        <translation>由备份文件生成图库</translation>
    </message>
    <message>
        <source>Make an empty gallery in a new folder</source>
        <translation>在新文件夹中创建空图库</translation>
    </message>
    <message>
        <source>Make another one</source>
        <translation>另建一个</translation>
    </message>
    <message>
        <source>Make one person of the chosen ones</source>
        <translation>将选中的人员合并为一位</translation>
    </message>
    <message>
        <source>Make or open another one from the File menu.</source>
        <translation>请在“文件”菜单中新建或打开另一个图库。</translation>
    </message>
    <message>
        <source>Make the structure anew as it is described</source>
        <translation>按其设定重新生成结构</translation>
    </message>
    <message>
        <source>Makes galleries of faces and recognizes people, on this machine alone.</source>
        <translation>建立人脸图库并识别人员，全部在本机完成。</translation>
    </message>
    <message>
        <source>Measure a&amp;ll</source>
        <translation>全部测速(&amp;L)</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>已测量</translation>
    </message>
    <message>
        <source>Measured on this machine</source>
        <translation>本机测速结果</translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation>正在测速…</translation>
    </message>
    <message>
        <source>Median time of one search; Verify measures it.</source>
        <translation>一次搜索的中位时间；由“校验”测得。</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Merge</source>
        <translation>合并</translation>
    </message>
    <message>
        <source>Merge people</source>
        <translation>合并人员</translation>
    </message>
    <message>
        <source>Merge the two…</source>
        <translation>合并这两位…</translation>
    </message>
    <message>
        <source>Merge {count} people into {name}…</source>
        <translation>将 {count} 位人员并入 {name}…</translation>
    </message>
    <message>
        <source>Merge {count} person into {name}…</source>
        <translation>将 {count} 位人员并入 {name}…</translation>
    </message>
    <message>
        <source>Merge {name} with…</source>
        <translation>将 {name} 与…合并</translation>
    </message>
    <message>
        <source>Merge {other} into {name}…</source>
        <translation>将 {other} 并入 {name}…</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>度量</translation>
    </message>
    <message>
        <source>Mo&amp;ve faces to…</source>
        <translation>将人脸移到(&amp;V)…</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Model: {model}</source>
        <translation>模型：{model}</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Models (*.onnx *.xml *.json *.pdmodel *.pdiparams);;All files (*)</source>
        <translation>模型 (*.onnx *.xml *.json *.pdmodel *.pdiparams);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Models are opening…</source>
        <translation>正在打开模型…</translation>
    </message>
    <message>
        <source>Models run in {engine} on {device}.</source>
        <translation>模型由 {engine} 在 {device} 上运行。</translation>
    </message>
    <message>
        <source>Models: not usable</source>
        <translation>模型：不可用</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>Most faces first</source>
        <translation>人脸最多的在前</translation>
    </message>
    <message>
        <source>Most similar first</source>
        <translation>最相似的在前</translation>
    </message>
    <message>
        <source>Move the gallery</source>
        <translation>迁移图库</translation>
    </message>
    <message>
        <source>Move {count} face to {name}</source>
        <translation>将 {count} 张人脸移到 {name}</translation>
    </message>
    <message>
        <source>Move {count} face to…</source>
        <translation>将 {count} 张人脸移到…</translation>
    </message>
    <message>
        <source>Move {count} faces to {name}</source>
        <translation>将 {count} 张人脸移到 {name}</translation>
    </message>
    <message>
        <source>Move {count} faces to…</source>
        <translation>将 {count} 张人脸移到…</translation>
    </message>
    <message>
        <source>My people</source>
        <translation>我的人员</translation>
    </message>
    <message>
        <source>N&amp;ame</source>
        <translation>姓名(&amp;A)</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Name and enroll the chosen live face</source>
        <translation>为所选的实时人脸命名并录入</translation>
    </message>
    <message>
        <source>Name and tick what shall be added; nothing is written before.</source>
        <translation>命名并勾选要添加的内容；在此之前不会写入任何内容。</translation>
    </message>
    <message>
        <source>Name of the person</source>
        <translation>人员的姓名</translation>
    </message>
    <message>
        <source>Name or file</source>
        <translation>姓名或文件</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>姓名：</translation>
    </message>
    <message>
        <source>Names, pictures, features and their history leave the gallery, and the freed bytes are written over. This cannot be undone.</source>
        <translation>姓名、图片、特征及其历史都将离开图库，释放的字节会被覆盖。此操作无法撤销。</translation>
    </message>
    <message>
        <source>Ne&amp;xt face</source>
        <translation>下一张人脸(&amp;X)</translation>
    </message>
    <message>
        <source>Nearer than the second by {number}</source>
        <translation>比第二位近 {number}</translation>
    </message>
    <message>
        <source>Nearest in the gallery: {name} ({similarity})</source>
        <translation>图库中最接近的：{name}（{similarity}）</translation>
    </message>
    <message>
        <source>Never propose this name here again</source>
        <translation>此处不再建议此姓名</translation>
    </message>
    <message>
        <source>New &amp;person…</source>
        <translation>新建人员(&amp;P)…</translation>
    </message>
    <message>
        <source>New gallery</source>
        <translation>新建图库</translation>
    </message>
    <message>
        <source>New gallery: name its folder</source>
        <translation>新建图库：为其文件夹命名</translation>
    </message>
    <message>
        <source>New person</source>
        <translation>新人员</translation>
    </message>
    <message>
        <source>New person “{name}”</source>
        <translation>新人员“{name}”</translation>
    </message>
    <message>
        <source>New shortcut: press the keys</source>
        <translation>新快捷键：请按下按键</translation>
    </message>
    <message>
        <source>Newest first</source>
        <translation>最新的在前</translation>
    </message>
    <message>
        <source>New…</source>
        <translation>新建…</translation>
    </message>
    <message>
        <source>Next &amp;unknown face</source>
        <translation>下一张未知人脸(&amp;U)</translation>
    </message>
    <message>
        <source>Next try in {count} second</source>
        <translation>{count} 秒后重试</translation>
    </message>
    <message>
        <source>Next try in {count} seconds</source>
        <translation>{count} 秒后重试</translation>
    </message>
    <message>
        <source>No camera found</source>
        <translation>未找到摄像头</translation>
    </message>
    <message>
        <source>No camera is running.</source>
        <translation>没有摄像头在运行。</translation>
    </message>
    <message>
        <source>No camera was found</source>
        <translation>未找到摄像头</translation>
    </message>
    <message>
        <source>No camera was found; choose a file, an address or the sample.</source>
        <translation>未找到摄像头；请选择文件、地址或示例。</translation>
    </message>
    <message>
        <source>No face is in the picture.</source>
        <translation>图片中没有人脸。</translation>
    </message>
    <message>
        <source>No face was found in this picture.</source>
        <translation>此图片中未找到人脸。</translation>
    </message>
    <message>
        <source>No face was found.</source>
        <translation>未找到人脸。</translation>
    </message>
    <message>
        <source>No gallery</source>
        <translation>没有图库</translation>
    </message>
    <message>
        <source>No gallery is open</source>
        <translation>没有打开的图库</translation>
    </message>
    <message>
        <source>No gallery is open, or it can only be read.</source>
        <translation>没有打开的图库，或图库只能读取。</translation>
    </message>
    <message>
        <source>No gallery is open.</source>
        <translation>没有打开的图库。</translation>
    </message>
    <message>
        <source>No gallery is open. Make a new one or open one from the File menu.</source>
        <translation>没有打开的图库。请在“文件”菜单中新建或打开一个。</translation>
    </message>
    <message>
        <source>No good view of this face yet: let it turn to the camera for a moment.</source>
        <translation>还没有这张人脸的清晰画面：请让其面向摄像头片刻。</translation>
    </message>
    <message>
        <source>No graphics card for ONNX Runtime: {reason}.</source>
        <translation>ONNX Runtime 未使用显卡：{reason}。</translation>
    </message>
    <message>
        <source>No jobs</source>
        <translation>没有任务</translation>
    </message>
    <message>
        <source>No models open</source>
        <translation>没有打开的模型</translation>
    </message>
    <message>
        <source>No name is proposed.</source>
        <translation>没有建议的姓名。</translation>
    </message>
    <message>
        <source>No one enrolled yet</source>
        <translation>尚未录入任何人</translation>
    </message>
    <message>
        <source>No picture kept: taken over from an index</source>
        <translation>未保留图片：来自索引</translation>
    </message>
    <message>
        <source>No pictures yet</source>
        <translation>尚无图片</translation>
    </message>
    <message>
        <source>No row matches</source>
        <translation>没有符合的行</translation>
    </message>
    <message>
        <source>No row that is shown is without a sure name.</source>
        <translation>所显示的行都已有确定的姓名。</translation>
    </message>
    <message>
        <source>No setting speaks of “{words}”.</source>
        <translation>没有与“{words}”有关的设置。</translation>
    </message>
    <message>
        <source>Nobody has two faces here: how many are named rightly cannot be told.</source>
        <translation>这里没有人有两张人脸，因此无法得知认对的比例。</translation>
    </message>
    <message>
        <source>Nobody in the picture</source>
        <translation>画面中没有人</translation>
    </message>
    <message>
        <source>Nobody is called like “{name}”.</source>
        <translation>没有名为“{name}”的人员。</translation>
    </message>
    <message>
        <source>Nobody is enrolled yet: every face will be unknown. Add people first to see names.</source>
        <translation>尚未录入任何人：每张人脸都会是未知。请先添加人员才能看到姓名。</translation>
    </message>
    <message>
        <source>Nobody is enrolled yet: there are no features to index.</source>
        <translation>尚未录入任何人：没有可供索引的特征。</translation>
    </message>
    <message>
        <source>Nobody is named yet. Click to take this face.</source>
        <translation>尚未命名。点击以采用这张人脸。</translation>
    </message>
    <message>
        <source>Nobody is present.</source>
        <translation>没有人在场。</translation>
    </message>
    <message>
        <source>Not a &amp;face</source>
        <translation>不是人脸(&amp;F)</translation>
    </message>
    <message>
        <source>Not a face</source>
        <translation>不是人脸</translation>
    </message>
    <message>
        <source>Not faces</source>
        <translation>不是人脸</translation>
    </message>
    <message>
        <source>Not used for recognition.</source>
        <translation>未用于识别。</translation>
    </message>
    <message>
        <source>Not yet. Verify compares it with the gallery and measures how surely and how fast it finds.</source>
        <translation>尚未校验。“校验”会将其与图库比对，并测量查找的可靠性和速度。</translation>
    </message>
    <message>
        <source>Notes about {name}</source>
        <translation>{name} 的备注</translation>
    </message>
    <message>
        <source>Nothing here. Show all to see the other faces.</source>
        <translation>这里没有内容。显示全部以查看其他人脸。</translation>
    </message>
    <message>
        <source>Nothing is at work. Click for the list of jobs.</source>
        <translation>没有正在进行的任务。点击查看任务列表。</translation>
    </message>
    <message>
        <source>Nothing is at work. Imports, tagging and building an index show their progress here.</source>
        <translation>没有正在进行的任务。导入、标注和构建索引的进度会显示在此处。</translation>
    </message>
    <message>
        <source>Nothing recognized yet</source>
        <translation>尚未识别到任何内容</translation>
    </message>
    <message>
        <source>Nothing was enrolled. Ask once more.</source>
        <translation>没有录入任何内容。请再试一次。</translation>
    </message>
    <message>
        <source>Nothing: the settings are as the file says.</source>
        <translation>没有变化：设置已与文件一致。</translation>
    </message>
    <message>
        <source>Numbers a face</source>
        <translation>每张人脸的数值个数</translation>
    </message>
    <message>
        <source>OK</source>
        <translation>确定</translation>
    </message>
    <message>
        <source>Oldest first</source>
        <translation>最旧的在前</translation>
    </message>
    <message>
        <source>On</source>
        <translation>开</translation>
    </message>
    <message>
        <source>On disk</source>
        <translation>磁盘占用</translation>
    </message>
    <message>
        <source>One folder for each person, named after them</source>
        <translation>每人一个文件夹，以姓名命名</translation>
    </message>
    <message>
        <source>One person: {name}</source>
        <translation>一位人员：{name}</translation>
    </message>
    <message>
        <source>One step that can be undone (Ctrl+Enter)</source>
        <translation>可撤销的一步（Ctrl+Enter）</translation>
    </message>
    <message>
        <source>Only &amp;new photos: take earlier results as they are</source>
        <translation>仅新照片：其余沿用先前的结果(&amp;N)</translation>
    </message>
    <message>
        <source>Only for new galleries</source>
        <translation>仅用于新图库</translation>
    </message>
    <message>
        <source>Only models that are here can be checked.</source>
        <translation>只能检查本机已有的模型。</translation>
    </message>
    <message>
        <source>Only models that are here can be measured.</source>
        <translation>只能为本机已有的模型测速。</translation>
    </message>
    <message>
        <source>Only {names}: {count}</source>
        <translation>仅 {names}：{count}</translation>
    </message>
    <message>
        <source>Only {name}</source>
        <translation>仅 {name}</translation>
    </message>
    <message>
        <source>Open a PaddleX configuration</source>
        <translation>打开 PaddleX 配置</translation>
    </message>
    <message>
        <source>Open a gallery</source>
        <translation>打开图库</translation>
    </message>
    <message>
        <source>Open a gallery first.</source>
        <translation>请先打开图库。</translation>
    </message>
    <message>
        <source>Open a gallery: choose its folder</source>
        <translation>打开图库：选择其文件夹</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Open the camera</source>
        <translation>打开摄像头</translation>
    </message>
    <message>
        <source>Open the folder with the log files</source>
        <translation>打开存放日志文件的文件夹</translation>
    </message>
    <message>
        <source>Opening {name}…</source>
        <translation>正在打开 {name}…</translation>
    </message>
    <message>
        <source>Opens the guide</source>
        <translation>打开使用指南</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>排序</translation>
    </message>
    <message>
        <source>Order of the faces</source>
        <translation>人脸的排序</translation>
    </message>
    <message>
        <source>Order of the people</source>
        <translation>人员的排序</translation>
    </message>
    <message>
        <source>Origin</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Packages</source>
        <translation>软件包</translation>
    </message>
    <message>
        <source>PaddleX &amp;configuration…</source>
        <translation>PaddleX 配置(&amp;C)…</translation>
    </message>
    <message>
        <source>PaddleX &amp;index folder…</source>
        <translation>PaddleX 索引文件夹(&amp;I)…</translation>
    </message>
    <message>
        <source>PaddleX configuration {file}</source>
        <translation>PaddleX 配置 {file}</translation>
    </message>
    <message>
        <source>PaddleX configurations (*.yaml *.yml)</source>
        <translation>PaddleX 配置 (*.yaml *.yml)</translation>
    </message>
    <message>
        <source>Pages of settings</source>
        <translation>设置页</translation>
    </message>
    <message>
        <source>Paste pict&amp;ure</source>
        <translation>粘贴图片(&amp;U)</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Pause and go on next time</source>
        <translation>暂停，下次继续</translation>
    </message>
    <message>
        <source>Pause {job}</source>
        <translation>暂停{job}</translation>
    </message>
    <message>
        <source>Paused at {done} of {total} photos</source>
        <translation>已在 {done}/{total} 张照片处暂停</translation>
    </message>
    <message>
        <source>People</source>
        <translation>人员</translation>
    </message>
    <message>
        <source>People and features of an index, without pictures</source>
        <translation>索引中的人员和特征，不含图片</translation>
    </message>
    <message>
        <source>People count as known from {threshold} now.</source>
        <translation>现在从 {threshold} 起视为已知。</translation>
    </message>
    <message>
        <source>People of an index folder into this gallery</source>
        <translation>将索引文件夹中的人员导入此图库</translation>
    </message>
    <message>
        <source>People that the index does not hold. Who is ticked can be found with it again.</source>
        <translation>索引不包含的人员。勾选者将能重新用它找到。</translation>
    </message>
    <message>
        <source>People that the index holds. Who is ticked is not found with it any more, but stays enrolled.</source>
        <translation>索引包含的人员。勾选者不再能用它找到，但仍保持录入。</translation>
    </message>
    <message>
        <source>People the index shall hold from now on</source>
        <translation>索引从现在起应包含的人员</translation>
    </message>
    <message>
        <source>People the index shall not hold; they stay in the gallery</source>
        <translation>索引不应包含的人员；他们仍留在图库中</translation>
    </message>
    <message>
        <source>Person</source>
        <translation>人员</translation>
    </message>
    <message>
        <source>Person, pictures and history, beyond undo</source>
        <translation>人员、图片和历史，无法撤销</translation>
    </message>
    <message>
        <source>Photo</source>
        <translation>照片</translation>
    </message>
    <message>
        <source>Photos ({kinds})</source>
        <translation>照片 ({kinds})</translation>
    </message>
    <message>
        <source>Photos instead of faces</source>
        <translation>显示照片而非人脸</translation>
    </message>
    <message>
        <source>Photos only</source>
        <translation>仅照片</translation>
    </message>
    <message>
        <source>Photos that could not be used</source>
        <translation>无法使用的照片</translation>
    </message>
    <message>
        <source>Photos that were tagged before and have not changed are not looked at again.</source>
        <translation>以前标注过且没有变化的照片不再重新查看。</translation>
    </message>
    <message>
        <source>Pick photos and say who is on them</source>
        <translation>选择照片并说明其中是谁</translation>
    </message>
    <message>
        <source>Picture with its faces</source>
        <translation>标出人脸的图片</translation>
    </message>
    <message>
        <source>Pictures to enroll</source>
        <translation>要录入的图片</translation>
    </message>
    <message>
        <source>Pictures with bo&amp;xes</source>
        <translation>带框图片(&amp;X)</translation>
    </message>
    <message>
        <source>Pictures, names and features stay here; nothing is sent anywhere.</source>
        <translation>图片、姓名和特征都留在本机；不会发送到任何地方。</translation>
    </message>
    <message>
        <source>Play a video file</source>
        <translation>播放视频文件</translation>
    </message>
    <message>
        <source>Play a video file as if a camera saw it</source>
        <translation>如同摄像头所见那样播放视频文件</translation>
    </message>
    <message>
        <source>Play again</source>
        <translation>重新播放</translation>
    </message>
    <message>
        <source>Play the s&amp;ample film</source>
        <translation>播放示例影片(&amp;A)</translation>
    </message>
    <message>
        <source>Plug one in: it appears here by itself. Or play a video, or the sample film with drawn people.</source>
        <translation>插入一个：它会自动出现在此处。也可以播放视频，或手绘人物的示例影片。</translation>
    </message>
    <message>
        <source>Present: {people}</source>
        <translation>在场：{people}</translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Problems of: {job}</source>
        <translation>{job}的问题</translation>
    </message>
    <message>
        <source>Problems {count}</source>
        <translation>问题 {count}</translation>
    </message>
    <message>
        <source>Problems, one per photo</source>
        <translation>问题，每张照片一个</translation>
    </message>
    <message>
        <source>Progress of all jobs</source>
        <translation>全部任务的进度</translation>
    </message>
    <message>
        <source>Progress of {folder}</source>
        <translation>{folder} 的进度</translation>
    </message>
    <message>
        <source>Proposed or unknown</source>
        <translation>建议或未知</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>质量</translation>
    </message>
    <message>
        <source>Quality {number}</source>
        <translation>质量 {number}</translation>
    </message>
    <message>
        <source>Quality {number}. {flags}</source>
        <translation>质量 {number}。{flags}</translation>
    </message>
    <message>
        <source>Reading the list of pictures…</source>
        <translation>正在读取图片列表…</translation>
    </message>
    <message>
        <source>Reading the photo…</source>
        <translation>正在读取照片…</translation>
    </message>
    <message>
        <source>Reads everything and says what is wrong</source>
        <translation>读取全部内容并报告问题</translation>
    </message>
    <message>
        <source>Rebui&amp;ld</source>
        <translation>重建(&amp;L)</translation>
    </message>
    <message>
        <source>Recall@1</source>
        <translation>Recall@1</translation>
    </message>
    <message>
        <source>Recognition</source>
        <translation>识别</translation>
    </message>
    <message>
        <source>Recognition &amp;threshold…</source>
        <translation>识别阈值(&amp;T)…</translation>
    </message>
    <message>
        <source>Recognition now searches the index {name}.</source>
        <translation>识别现在搜索索引 {name}。</translation>
    </message>
    <message>
        <source>Recognition searches it already.</source>
        <translation>识别已在搜索它。</translation>
    </message>
    <message>
        <source>Recognition searches the index {name}: {kind}, {faces}.</source>
        <translation>识别搜索索引 {name}：{kind}，{faces}。</translation>
    </message>
    <message>
        <source>Recognition threshold</source>
        <translation>识别阈值</translation>
    </message>
    <message>
        <source>Redo {count} change</source>
        <translation>重做 {count} 项更改</translation>
    </message>
    <message>
        <source>Redo {count} changes</source>
        <translation>重做 {count} 项更改</translation>
    </message>
    <message>
        <source>Remove &amp;faces</source>
        <translation>移除人脸(&amp;F)</translation>
    </message>
    <message>
        <source>Remove it</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove people from {name}</source>
        <translation>从 {name} 移除人员</translation>
    </message>
    <message>
        <source>Remove per&amp;son</source>
        <translation>移除人员(&amp;S)</translation>
    </message>
    <message>
        <source>Remove the index; people and faces stay</source>
        <translation>移除此索引；人员和人脸保留</translation>
    </message>
    <message>
        <source>Remove the model</source>
        <translation>移除模型</translation>
    </message>
    <message>
        <source>Remove what has arrived?</source>
        <translation>移除已收到的部分？</translation>
    </message>
    <message>
        <source>Remove {model}?</source>
        <translation>移除 {model}？</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>替换</translation>
    </message>
    <message>
        <source>Replace the index there?</source>
        <translation>替换该处的索引？</translation>
    </message>
    <message>
        <source>Res&amp;tore a backup…</source>
        <translation>恢复备份(&amp;T)…</translation>
    </message>
    <message>
        <source>Reset &amp;all</source>
        <translation>全部重置(&amp;A)</translation>
    </message>
    <message>
        <source>Reset &amp;page</source>
        <translation>重置本页(&amp;P)</translation>
    </message>
    <message>
        <source>Reset a&amp;ll</source>
        <translation>全部重置(&amp;L)</translation>
    </message>
    <message>
        <source>Restore a backup: choose its file</source>
        <translation>恢复备份：选择其文件</translation>
    </message>
    <message>
        <source>Restore: name a new folder</source>
        <translation>恢复：为新文件夹命名</translation>
    </message>
    <message>
        <source>Restored to {folder}.</source>
        <translation>已恢复到 {folder}。</translation>
    </message>
    <message>
        <source>Result: {name} with {faces}. It can be undone.</source>
        <translation>结果：{name}，{faces}。可以撤销。</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Results as CSV, JSON or pictures with boxes</source>
        <translation>将结果导出为 CSV、JSON 或带框图片</translation>
    </message>
    <message>
        <source>Run {job} again</source>
        <translation>重新运行{job}</translation>
    </message>
    <message>
        <source>S&amp;napshot</source>
        <translation>快照(&amp;N)</translation>
    </message>
    <message>
        <source>S&amp;top looking</source>
        <translation>停止查看(&amp;T)</translation>
    </message>
    <message>
        <source>Sa&amp;ve problems…</source>
        <translation>保存问题(&amp;V)…</translation>
    </message>
    <message>
        <source>Sample film</source>
        <translation>示例影片</translation>
    </message>
    <message>
        <source>Sample gallery</source>
        <translation>示例图库</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Save a card to complete</source>
        <translation>保存待补全的模型卡</translation>
    </message>
    <message>
        <source>Save a card to complete…</source>
        <translation>保存待补全的模型卡…</translation>
    </message>
    <message>
        <source>Save as PaddleX con&amp;figuration…</source>
        <translation>另存为 PaddleX 配置(&amp;F)…</translation>
    </message>
    <message>
        <source>Save as PaddleX configuration</source>
        <translation>另存为 PaddleX 配置</translation>
    </message>
    <message>
        <source>Save the diagnostics file</source>
        <translation>保存诊断文件</translation>
    </message>
    <message>
        <source>Save the list to</source>
        <translation>列表保存到</translation>
    </message>
    <message>
        <source>Save the present picture</source>
        <translation>保存当前画面</translation>
    </message>
    <message>
        <source>Save the problems as</source>
        <translation>问题另存为</translation>
    </message>
    <message>
        <source>Saved as the gallery is now.</source>
        <translation>已按图库现状保存。</translation>
    </message>
    <message>
        <source>Saved as {path}.</source>
        <translation>已保存为 {path}。</translation>
    </message>
    <message>
        <source>Say who it is; the face joins the gallery</source>
        <translation>说明是谁；这张人脸将加入图库</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search actions or keys</source>
        <translation>搜索操作或按键</translation>
    </message>
    <message>
        <source>Search people</source>
        <translation>搜索人员</translation>
    </message>
    <message>
        <source>Search people by name</source>
        <translation>按姓名搜索人员</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>搜索设置</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>搜索日志</translation>
    </message>
    <message>
        <source>Search the results</source>
        <translation>搜索结果</translation>
    </message>
    <message>
        <source>Searches are right all the same; Compact saves it as it is now.</source>
        <translation>搜索结果依然正确；“压实”会按现状保存它。</translation>
    </message>
    <message>
        <source>See and change all shortcuts</source>
        <translation>查看并更改全部快捷键</translation>
    </message>
    <message>
        <source>See what a PaddleX pipeline file would change in the settings, and take it over</source>
        <translation>查看 PaddleX 流程文件会更改哪些设置，并采用它</translation>
    </message>
    <message>
        <source>See what this PaddleX configuration would change</source>
        <translation>查看此 PaddleX 配置会更改什么</translation>
    </message>
    <message>
        <source>See who is there</source>
        <translation>看看有谁</translation>
    </message>
    <message>
        <source>Set to the advised one</source>
        <translation>设为建议值</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Settings (*.yaml *.yml);;All files (*)</source>
        <translation>设置 (*.yaml *.yml);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Settings (*.yaml)</source>
        <translation>设置 (*.yaml)</translation>
    </message>
    <message>
        <source>Shortcut</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Show &amp;advanced ones</source>
        <translation>显示高级设置(&amp;A)</translation>
    </message>
    <message>
        <source>Show &amp;all results</source>
        <translation>显示全部结果(&amp;A)</translation>
    </message>
    <message>
        <source>Show all results</source>
        <translation>显示全部结果</translation>
    </message>
    <message>
        <source>Show only names and files that hold this</source>
        <translation>只显示包含此内容的姓名和文件</translation>
    </message>
    <message>
        <source>Show that person</source>
        <translation>显示该人员</translation>
    </message>
    <message>
        <source>Show the picture as in a mirror</source>
        <translation>像照镜子一样显示画面</translation>
    </message>
    <message>
        <source>Show the pictures of a folder</source>
        <translation>显示文件夹中的图片</translation>
    </message>
    <message>
        <source>Show the pictures of a folder one by one</source>
        <translation>逐张显示文件夹中的图片</translation>
    </message>
    <message>
        <source>Show this face beside the name</source>
        <translation>在姓名旁显示这张人脸</translation>
    </message>
    <message>
        <source>Show whole p&amp;hotos</source>
        <translation>显示整张照片(&amp;H)</translation>
    </message>
    <message>
        <source>Similarity to {name}: {number}</source>
        <translation>与 {name} 的相似度：{number}</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Something went wrong inside the program: {error}.</source>
        <translation>程序内部出错：{error}。</translation>
    </message>
    <message>
        <source>Source: {name}</source>
        <translation>来源：{name}</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Start again</source>
        <translation>重新开始</translation>
    </message>
    <message>
        <source>Start or stop the camera</source>
        <translation>启动或停止摄像头</translation>
    </message>
    <message>
        <source>Start tagging</source>
        <translation>开始标注</translation>
    </message>
    <message>
        <source>Start the camera chosen above, or choose another. Your system may ask whether FaceFolio may use it; pictures stay on this computer.</source>
        <translation>启动上面选择的摄像头，或另选一个。系统可能会询问是否允许 FaceFolio 使用它；图片只留在这台电脑上。</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Still at work:
{jobs}

Nothing already saved is lost either way.</source>
        <translation>仍在进行：
{jobs}

无论如何，已保存的内容都不会丢失。</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stopped by a problem at {done} of {total} photos; what was found is kept</source>
        <translation>在 {done}/{total} 张照片处因问题停止；已找到的内容会保留</translation>
    </message>
    <message>
        <source>Stopped. Name and tick what shall be added; nothing is written before.</source>
        <translation>已停止。命名并勾选要添加的内容；在此之前不会写入任何内容。</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>正在停止…</translation>
    </message>
    <message>
        <source>Strangers who resemble these people: {share} get somebody’s name ({low} to {high}).</source>
        <translation>与这些人相像的陌生人：{share} 会被错认为某人（{low} 至 {high}）。</translation>
    </message>
    <message>
        <source>Stream a&amp;ddress…</source>
        <translation>视频流地址(&amp;D)…</translation>
    </message>
    <message>
        <source>Stream address</source>
        <translation>视频流地址</translation>
    </message>
    <message>
        <source>Table (&amp;CSV)</source>
        <translation>表格 (CSV)(&amp;C)</translation>
    </message>
    <message>
        <source>Table (&amp;JSON)</source>
        <translation>表格 (JSON)(&amp;J)</translation>
    </message>
    <message>
        <source>Tag a folder…</source>
        <translation>标注文件夹…</translation>
    </message>
    <message>
        <source>Tag folders of photos</source>
        <translation>标注照片文件夹</translation>
    </message>
    <message>
        <source>Tagged {folder}: {photos} photos, {faces} faces.</source>
        <translation>已标注 {folder}：{photos} 张照片，{faces} 张人脸。</translation>
    </message>
    <message>
        <source>Tagging was stopped with its gallery; what was found is kept there.</source>
        <translation>标注随图库一起停止；已找到的内容保留在其中。</translation>
    </message>
    <message>
        <source>Take back search, filter and marks of the results</source>
        <translation>清除结果的搜索、筛选和标记</translation>
    </message>
    <message>
        <source>Take back the last change of the gallery</source>
        <translation>撤销图库的上一次更改</translation>
    </message>
    <message>
        <source>Take off the list</source>
        <translation>从列表中去掉</translation>
    </message>
    <message>
        <source>Take photo</source>
        <translation>拍照</translation>
    </message>
    <message>
        <source>Take this name for the chosen rows</source>
        <translation>将此姓名用于选中的各行</translation>
    </message>
    <message>
        <source>Take {job} off the list</source>
        <translation>将{job}从列表中去掉</translation>
    </message>
    <message>
        <source>Taken over from an index without pictures: cannot be moved to another model</source>
        <translation>来自索引，没有图片：无法转到其他模型</translation>
    </message>
    <message>
        <source>Takes back the chosen change and everything after it. It can be done again.</source>
        <translation>撤销所选更改及其后的一切。可以重做。</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>Text (*.txt)</source>
        <translation>文本 (*.txt)</translation>
    </message>
    <message>
        <source>Text files (*.txt);;All files (*)</source>
        <translation>文本文件 (*.txt);;所有文件 (*)</translation>
    </message>
    <message>
        <source>The &amp;one row shown</source>
        <translation>所显示的一行(&amp;O)</translation>
    </message>
    <message>
        <source>The Jobs panel tells why, photo by photo.</source>
        <translation>“任务”面板中逐张照片说明了原因。</translation>
    </message>
    <message>
        <source>The address names no host.</source>
        <translation>地址中没有主机名。</translation>
    </message>
    <message>
        <source>The camera picture alone</source>
        <translation>仅显示摄像头画面</translation>
    </message>
    <message>
        <source>The camera's own page or manual tells it. A user and password go before the host: rtsp://user:password@host/path. An address with a password is not remembered.</source>
        <translation>可在摄像头自己的页面或手册中查到。用户名和密码写在主机之前：rtsp://user:password@host/path。含密码的地址不会被记住。</translation>
    </message>
    <message>
        <source>The chosen faces belong to somebody else</source>
        <translation>所选人脸属于另一人</translation>
    </message>
    <message>
        <source>The chosen faces leave the gallery</source>
        <translation>所选人脸将离开图库</translation>
    </message>
    <message>
        <source>The chosen people leave the gallery</source>
        <translation>所选人员将离开图库</translation>
    </message>
    <message>
        <source>The chosen records, or all that are shown</source>
        <translation>选中的记录，或所显示的全部</translation>
    </message>
    <message>
        <source>The details are on the clipboard.</source>
        <translation>详细信息已在剪贴板中。</translation>
    </message>
    <message>
        <source>The diagnostics file was written to {path}.</source>
        <translation>诊断文件已写入 {path}。</translation>
    </message>
    <message>
        <source>The face feature model was changed meanwhile.</source>
        <translation>人脸特征模型在此期间被更换。</translation>
    </message>
    <message>
        <source>The face itself is kept in the gallery. Reconnect its drive, or look for where it was moved.</source>
        <translation>人脸本身保存在图库中。请重新连接其驱动器，或查找它被移到了何处。</translation>
    </message>
    <message>
        <source>The faces were added to {gallery}.</source>
        <translation>人脸已添加到 {gallery}。</translation>
    </message>
    <message>
        <source>The file can name an index folder that was exported with Index, Export to PaddleX.</source>
        <translation>文件中可以写明用“索引”菜单的“导出到 PaddleX”导出的索引文件夹。</translation>
    </message>
    <message>
        <source>The files of {model} are deleted here. Galleries keep people, faces and features.</source>
        <translation>{model} 的文件将从本机删除。图库保留人员、人脸和特征。</translation>
    </message>
    <message>
        <source>The gallery can only be read here.</source>
        <translation>此处的图库只能读取。</translation>
    </message>
    <message>
        <source>The gallery can only be read, so it stays with {old}.</source>
        <translation>图库只能读取，因此继续使用 {old}。</translation>
    </message>
    <message>
        <source>The gallery can only be read.</source>
        <translation>图库只能读取。</translation>
    </message>
    <message>
        <source>The gallery is empty and the folder does not tell which model made its features.</source>
        <translation>图库是空的，且该文件夹没有说明其特征由哪个模型生成。</translation>
    </message>
    <message>
        <source>The gallery {gallery} uses {old}. What two models say of a face cannot be compared.</source>
        <translation>图库 {gallery} 使用 {old}。两个模型对人脸的描述无法相互比较。</translation>
    </message>
    <message>
        <source>The gallery {name} is in order.</source>
        <translation>图库 {name} 一切正常。</translation>
    </message>
    <message>
        <source>The guide was not installed with the program. It lies in the folder docs of its source.</source>
        <translation>程序安装时没有附带指南。它位于源代码的 docs 文件夹中。</translation>
    </message>
    <message>
        <source>The index default stays: it holds everyone and keeps itself up to date.</source>
        <translation>索引 default 不能删除：它包含所有人并自动保持最新。</translation>
    </message>
    <message>
        <source>The index holds only the people ticked here. Others can be appended later.</source>
        <translation>索引只包含此处勾选的人员。以后可以追加其他人。</translation>
    </message>
    <message>
        <source>The index that recognition searches; the same for the camera</source>
        <translation>识别所搜索的索引；摄像头也用同一个</translation>
    </message>
    <message>
        <source>The index {name} is made anew and saved.</source>
        <translation>索引 {name} 已重新生成并保存。</translation>
    </message>
    <message>
        <source>The index {name} is sound: {faces}, all as in the gallery. It finds {share} of the nearest faces first; a search takes {time}.</source>
        <translation>索引 {name} 完好：{faces}，与图库完全一致。它首先找到最近人脸的比例为 {share}；一次搜索用时 {time}。</translation>
    </message>
    <message>
        <source>The index {name} is sound: {faces}.</source>
        <translation>索引 {name} 完好：{faces}。</translation>
    </message>
    <message>
        <source>The list of the job names them.</source>
        <translation>任务列表中列出了它们。</translation>
    </message>
    <message>
        <source>The model needs a card</source>
        <translation>模型需要模型卡</translation>
    </message>
    <message>
        <source>The model {name} is here now. Choose it with “Use”.</source>
        <translation>模型 {name} 已在本机。请用“使用”选择它。</translation>
    </message>
    <message>
        <source>The next face without a sure name</source>
        <translation>下一张没有确定姓名的人脸</translation>
    </message>
    <message>
        <source>The one row there is</source>
        <translation>唯一的一行</translation>
    </message>
    <message>
        <source>The open gallery keeps its model {model} until it is moved (Tools, Models).</source>
        <translation>打开的图库在转换之前继续使用模型 {model}（“工具”菜单中的“模型”）。</translation>
    </message>
    <message>
        <source>The open gallery uses it: nobody is recognized with it until the model is back.</source>
        <translation>打开的图库正在使用它：在模型恢复之前无法用它识别任何人。</translation>
    </message>
    <message>
        <source>The photo a face comes from</source>
        <translation>人脸所在的照片</translation>
    </message>
    <message>
        <source>The photo cannot be read any more.</source>
        <translation>照片已无法读取。</translation>
    </message>
    <message>
        <source>The photo with its boxes</source>
        <translation>带框的照片</translation>
    </message>
    <message>
        <source>The photo {path} is not there any more.</source>
        <translation>照片 {path} 已不存在。</translation>
    </message>
    <message>
        <source>The photos themselves, backups and exports are not touched: remove them where you keep them.</source>
        <translation>照片本身、备份和导出文件不受影响：请在您保存它们的地方自行删除。</translation>
    </message>
    <message>
        <source>The pictures that gave no face, with the reasons, as a text file</source>
        <translation>未得到人脸的图片及原因，存为文本文件</translation>
    </message>
    <message>
        <source>The pictures that gave no face, with the reasons, to the clipboard</source>
        <translation>未得到人脸的图片及原因，复制到剪贴板</translation>
    </message>
    <message>
        <source>The problems are in {file}.</source>
        <translation>问题已写入 {file}。</translation>
    </message>
    <message>
        <source>The problems are on the clipboard.</source>
        <translation>问题已在剪贴板中。</translation>
    </message>
    <message>
        <source>The proposed name is right; the face joins the gallery</source>
        <translation>建议的姓名正确；这张人脸将加入图库</translation>
    </message>
    <message>
        <source>The sample gallery is being made; it opens in a moment.</source>
        <translation>正在生成示例图库；稍后自动打开。</translation>
    </message>
    <message>
        <source>The sample gallery is open</source>
        <translation>示例图库已打开</translation>
    </message>
    <message>
        <source>The search, the filter or the marks above hide all results.</source>
        <translation>上方的搜索、筛选或标记隐藏了全部结果。</translation>
    </message>
    <message>
        <source>The settings are as {file} says.</source>
        <translation>设置已与 {file} 一致。</translation>
    </message>
    <message>
        <source>The settings as a pipeline file that PaddleX reads</source>
        <translation>将设置存为 PaddleX 可读取的流程文件</translation>
    </message>
    <message>
        <source>The settings were written to {path}.</source>
        <translation>设置已写入 {path}。</translation>
    </message>
    <message>
        <source>The system refused: {reason}.</source>
        <translation>系统拒绝了操作：{reason}。</translation>
    </message>
    <message>
        <source>The ticked pictures are enrolled, the best views of this face so far.</source>
        <translation>将录入勾选的图片，即这张人脸迄今最好的画面。</translation>
    </message>
    <message>
        <source>The whole gallery, history included, as one file</source>
        <translation>整个图库连同历史保存为一个文件</translation>
    </message>
    <message>
        <source>The {count} rows &amp;shown</source>
        <translation>所显示的 {count} 行(&amp;S)</translation>
    </message>
    <message>
        <source>There are no results yet.</source>
        <translation>尚无结果。</translation>
    </message>
    <message>
        <source>There is already a person called {name}.</source>
        <translation>已有名为 {name} 的人员。</translation>
    </message>
    <message>
        <source>There is already a person called {name}. Are they one person?</source>
        <translation>已有名为 {name} 的人员。是同一个人吗？</translation>
    </message>
    <message>
        <source>There is no picture on the clipboard.</source>
        <translation>剪贴板中没有图片。</translation>
    </message>
    <message>
        <source>There is nothing to take back.</source>
        <translation>没有可撤销的内容。</translation>
    </message>
    <message>
        <source>There is one of this name: it gets this shape, and serves as it is until that is ready.</source>
        <translation>已有同名索引：它将改用此结构，在完成之前继续照常使用。</translation>
    </message>
    <message>
        <source>They are just being added.</source>
        <translation>正在添加。</translation>
    </message>
    <message>
        <source>They are ready in a moment.</source>
        <translation>稍后即可就绪。</translation>
    </message>
    <message>
        <source>They become one person. Which name stays?</source>
        <translation>他们将成为一位人员。保留哪个姓名？</translation>
    </message>
    <message>
        <source>They open with a gallery.</source>
        <translation>随图库一起打开。</translation>
    </message>
    <message>
        <source>This &amp;is…</source>
        <translation>这是(&amp;I)…</translation>
    </message>
    <message>
        <source>This gallery can only be read.</source>
        <translation>此图库只能读取。</translation>
    </message>
    <message>
        <source>This gallery can only be read: its folder cannot be written.</source>
        <translation>此图库只能读取：其文件夹不可写。</translation>
    </message>
    <message>
        <source>This is all the file says: versions, this machine, settings and the log without what fills its sentences. No pictures, names, features or paths of photos are in it.</source>
        <translation>文件的全部内容如下：版本、本机信息、设置，以及不含填充内容的日志语句。其中没有图片、姓名、特征或照片路径。</translation>
    </message>
    <message>
        <source>This is {name}</source>
        <translation>这是 {name}</translation>
    </message>
    <message>
        <source>Tick &amp;all shown</source>
        <translation>勾选所显示的全部(&amp;A)</translation>
    </message>
    <message>
        <source>Tick &amp;chosen</source>
        <translation>勾选选中的(&amp;C)</translation>
    </message>
    <message>
        <source>Tick a&amp;ll</source>
        <translation>全部勾选(&amp;L)</translation>
    </message>
    <message>
        <source>Tick at least one face that has a name.</source>
        <translation>请至少勾选一张已命名的人脸。</translation>
    </message>
    <message>
        <source>Tick one picture at least.</source>
        <translation>请至少勾选一张图片。</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Time here</source>
        <translation>本机用时</translation>
    </message>
    <message>
        <source>To know</source>
        <translation>须知</translation>
    </message>
    <message>
        <source>To look at first: unsure, then nearest</source>
        <translation>优先查看：存疑的在前，再按接近程度</translation>
    </message>
    <message>
        <source>To move it, {faces} are looked at once more with {new}, from the pictures kept in the gallery. It goes on with {old} until that is done, and undo brings {old} back.</source>
        <translation>若要迁移，将用 {new} 根据图库中保存的图片重新查看{faces}。完成之前继续使用 {old}，撤销即可恢复 {old}。</translation>
    </message>
    <message>
        <source>To review</source>
        <translation>待审核</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Try now</source>
        <translation>立即重试</translation>
    </message>
    <message>
        <source>Try the sample film</source>
        <translation>试试示例影片</translation>
    </message>
    <message>
        <source>Try the sample gallery</source>
        <translation>试试示例图库</translation>
    </message>
    <message>
        <source>Trying again…</source>
        <translation>正在重试…</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Undo {count} change</source>
        <translation>撤销 {count} 项更改</translation>
    </message>
    <message>
        <source>Undo {count} changes</source>
        <translation>撤销 {count} 项更改</translation>
    </message>
    <message>
        <source>Undone: {what}</source>
        <translation>已撤销：{what}</translation>
    </message>
    <message>
        <source>Unknown</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>Unsure</source>
        <translation>存疑</translation>
    </message>
    <message>
        <source>Use as &amp;cover</source>
        <translation>用作封面(&amp;C)</translation>
    </message>
    <message>
        <source>Use {new}</source>
        <translation>使用 {new}</translation>
    </message>
    <message>
        <source>User &amp;guide</source>
        <translation>使用指南(&amp;G)</translation>
    </message>
    <message>
        <source>User guide</source>
        <translation>用户指南</translation>
    </message>
    <message>
        <source>Verified</source>
        <translation>已校验</translation>
    </message>
    <message>
        <source>Version and licences</source>
        <translation>版本和许可证</translation>
    </message>
    <message>
        <source>Version {version}, licence Apache-2.0.</source>
        <translation>版本 {version}，许可证 Apache-2.0。</translation>
    </message>
    <message>
        <source>Video file…</source>
        <translation>视频文件…</translation>
    </message>
    <message>
        <source>Videos ({kinds});;All files (*)</source>
        <translation>视频 ({kinds});;所有文件 (*)</translation>
    </message>
    <message>
        <source>Wait until all pictures were looked at, or stop the look.</source>
        <translation>请等待所有图片查看完毕，或停止查看。</translation>
    </message>
    <message>
        <source>Waits for the folder before it</source>
        <translation>等待前面的文件夹</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>What</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>What changes in the settings</source>
        <translation>设置中会更改的内容</translation>
    </message>
    <message>
        <source>What is no face is left out. Existing tables are replaced.</source>
        <translation>不是人脸的不会包含在内。已有的表格会被替换。</translation>
    </message>
    <message>
        <source>What is not taken over, and why</source>
        <translation>不会采用的内容及原因</translation>
    </message>
    <message>
        <source>What it does</source>
        <translation>作用</translation>
    </message>
    <message>
        <source>What the file says</source>
        <translation>文件内容</translation>
    </message>
    <message>
        <source>What to know</source>
        <translation>须知</translation>
    </message>
    <message>
        <source>What was found so far stays and can be added</source>
        <translation>已找到的内容会保留，可以添加</translation>
    </message>
    <message>
        <source>What was saved before is as it was. Look at the disk.</source>
        <translation>以前保存的内容保持原样。请检查磁盘。</translation>
    </message>
    <message>
        <source>What was saved is safe and the program goes on. Please send us the details.</source>
        <translation>已保存的内容是安全的，程序继续运行。请将详细信息发送给我们。</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Where the pictures come from: {name}</source>
        <translation>图片来源：{name}</translation>
    </message>
    <message>
        <source>Whether the saved index is that of the gallery as it is now. Searches are right in any case.</source>
        <translation>已保存的索引是否与图库现状一致。无论如何，搜索结果都是正确的。</translation>
    </message>
    <message>
        <source>Which model made the index?</source>
        <translation>索引由哪个模型生成？</translation>
    </message>
    <message>
        <source>Who comes near: click who it is</source>
        <translation>接近的人员：点击以确认是谁</translation>
    </message>
    <message>
        <source>Who is in the picture</source>
        <translation>画面中有谁</translation>
    </message>
    <message>
        <source>Who is in these photos?</source>
        <translation>这些照片中有谁？</translation>
    </message>
    <message>
        <source>Who is in this folder?</source>
        <translation>这个文件夹中有谁？</translation>
    </message>
    <message>
        <source>Who is the same person?</source>
        <translation>谁是同一个人？</translation>
    </message>
    <message>
        <source>Who is this?</source>
        <translation>这是谁？</translation>
    </message>
    <message>
        <source>Who may be meant</source>
        <translation>可能是谁</translation>
    </message>
    <message>
        <source>Whom it covers</source>
        <translation>覆盖范围</translation>
    </message>
    <message>
        <source>Why?</source>
        <translation>为什么？</translation>
    </message>
    <message>
        <source>With the folders &amp;inside it</source>
        <translation>包括其中的子文件夹(&amp;I)</translation>
    </message>
    <message>
        <source>Without an index</source>
        <translation>不含索引</translation>
    </message>
    <message>
        <source>Without limit</source>
        <translation>不限制</translation>
    </message>
    <message>
        <source>Without the faces that are gone, and saved</source>
        <translation>去掉已不存在的人脸并保存</translation>
    </message>
    <message>
        <source>Works in</source>
        <translation>适用范围</translation>
    </message>
    <message>
        <source>Write down something about the chosen person</source>
        <translation>为所选人员写下备注</translation>
    </message>
    <message>
        <source>Write the table to</source>
        <translation>表格写入到</translation>
    </message>
    <message>
        <source>Wrote {file}.</source>
        <translation>已写入 {file}。</translation>
    </message>
    <message>
        <source>You have said already who it is.</source>
        <translation>您已经说明过此人是谁。</translation>
    </message>
    <message>
        <source>You said so.</source>
        <translation>由您确认。</translation>
    </message>
    <message>
        <source>You said so; it is being saved.</source>
        <translation>由您确认；正在保存。</translation>
    </message>
    <message>
        <source>You said that it is not {name}</source>
        <translation>您说过不是 {name}</translation>
    </message>
    <message>
        <source>Your ticks and names are forgotten; the gallery stays as it is.</source>
        <translation>您的勾选和姓名将被丢弃；图库保持不变。</translation>
    </message>
    <message>
        <source>Zoom with the wheel or + and -; 0 shows the whole photo</source>
        <translation>用滚轮或 + 和 - 缩放；0 显示整张照片</translation>
    </message>
    <message>
        <source>a face from {score}</source>
        <translation>得分 {score} 起算作人脸</translation>
    </message>
    <message>
        <source>a picture</source>
        <translation>一张图片</translation>
    </message>
    <message>
        <source>added</source>
        <translation>已添加</translation>
    </message>
    <message>
        <source>after {time}</source>
        <translation>用时 {time}</translation>
    </message>
    <message>
        <source>and {count} other</source>
        <translation>以及另外 {count} 项</translation>
    </message>
    <message>
        <source>and {count} others</source>
        <translation>以及另外 {count} 项</translation>
    </message>
    <message>
        <source>as the model's card says</source>
        <translation>按模型卡的建议</translation>
    </message>
    <message>
        <source>as the model's card says ({value})</source>
        <translation>按模型卡的建议（{value}）</translation>
    </message>
    <message>
        <source>at work</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>batch</source>
        <translation>批量</translation>
    </message>
    <message>
        <source>being cancelled</source>
        <translation>正在取消</translation>
    </message>
    <message>
        <source>being saved…</source>
        <translation>正在保存…</translation>
    </message>
    <message>
        <source>building</source>
        <translation>正在构建</translation>
    </message>
    <message>
        <source>built in</source>
        <translation>内置</translation>
    </message>
    <message>
        <source>camera</source>
        <translation>摄像头</translation>
    </message>
    <message>
        <source>can be fetched</source>
        <translation>可下载</translation>
    </message>
    <message>
        <source>cancelled {after}</source>
        <translation>已取消{after}</translation>
    </message>
    <message>
        <source>current</source>
        <translation>最新</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>已损坏</translation>
    </message>
    <message>
        <source>distance</source>
        <translation>距离</translation>
    </message>
    <message>
        <source>done {after}</source>
        <translation>已完成{after}</translation>
    </message>
    <message>
        <source>everywhere</source>
        <translation>全局</translation>
    </message>
    <message>
        <source>exporting</source>
        <translation>正在导出</translation>
    </message>
    <message>
        <source>faces</source>
        <translation>人脸</translation>
    </message>
    <message>
        <source>failed: {reason}</source>
        <translation>失败：{reason}</translation>
    </message>
    <message>
        <source>fair</source>
        <translation>一般</translation>
    </message>
    <message>
        <source>fast</source>
        <translation>快速</translation>
    </message>
    <message>
        <source>finds faces</source>
        <translation>找出人脸</translation>
    </message>
    <message>
        <source>gallery</source>
        <translation>图库</translation>
    </message>
    <message>
        <source>good</source>
        <translation>良好</translation>
    </message>
    <message>
        <source>has {count} face</source>
        <translation>有 {count} 张人脸</translation>
    </message>
    <message>
        <source>has {count} faces</source>
        <translation>有 {count} 张人脸</translation>
    </message>
    <message>
        <source>inner product</source>
        <translation>内积</translation>
    </message>
    <message>
        <source>its {count} face</source>
        <translation>其 {count} 张人脸</translation>
    </message>
    <message>
        <source>its {count} faces</source>
        <translation>其 {count} 张人脸</translation>
    </message>
    <message>
        <source>known</source>
        <translation>已知</translation>
    </message>
    <message>
        <source>known from {known}, unsure from {unsure}</source>
        <translation>{known} 起为已知，{unsure} 起为存疑</translation>
    </message>
    <message>
        <source>known, not here</source>
        <translation>已知，不在本机</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>不添加</translation>
    </message>
    <message>
        <source>left out from now on</source>
        <translation>从现在起不采用</translation>
    </message>
    <message>
        <source>less than 1 s</source>
        <translation>不到 1 秒</translation>
    </message>
    <message>
        <source>likely</source>
        <translation>可能</translation>
    </message>
    <message>
        <source>low</source>
        <translation>低</translation>
    </message>
    <message>
        <source>models are opening…</source>
        <translation>正在打开模型…</translation>
    </message>
    <message>
        <source>names {age} ms old</source>
        <translation>姓名为 {age} 毫秒前的结果</translation>
    </message>
    <message>
        <source>nearest face of anybody else</source>
        <translation>其他人中最相似的人脸</translation>
    </message>
    <message>
        <source>nearest face of the same person</source>
        <translation>同一人最相似的人脸</translation>
    </message>
    <message>
        <source>new person</source>
        <translation>新人员</translation>
    </message>
    <message>
        <source>no picture kept</source>
        <translation>未保留图片</translation>
    </message>
    <message>
        <source>no recognition: {problem}</source>
        <translation>无法识别：{problem}</translation>
    </message>
    <message>
        <source>nobody</source>
        <translation>无人</translation>
    </message>
    <message>
        <source>nobody is enrolled yet</source>
        <translation>尚未录入任何人</translation>
    </message>
    <message>
        <source>nobody named</source>
        <translation>尚未命名</translation>
    </message>
    <message>
        <source>nobody near enough</source>
        <translation>没有足够接近的人</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>暂无</translation>
    </message>
    <message>
        <source>not measured</source>
        <translation>未测量</translation>
    </message>
    <message>
        <source>not saved</source>
        <translation>未保存</translation>
    </message>
    <message>
        <source>not told</source>
        <translation>未说明</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>on</source>
        <translation>开</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>ready; measured best here, so it is taken where the engine is automatic</source>
        <translation>就绪；在本机测得最快，引擎为“自动”时使用它</translation>
    </message>
    <message>
        <source>results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>said by you</source>
        <translation>由您确认</translation>
    </message>
    <message>
        <source>some time</source>
        <translation>一些时间</translation>
    </message>
    <message>
        <source>stale</source>
        <translation>过期</translation>
    </message>
    <message>
        <source>sure</source>
        <translation>确定</translation>
    </message>
    <message>
        <source>tells people apart</source>
        <translation>区分人员</translation>
    </message>
    <message>
        <source>undone</source>
        <translation>已撤销</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>unsure</source>
        <translation>存疑</translation>
    </message>
    <message>
        <source>verifying</source>
        <translation>正在校验</translation>
    </message>
    <message>
        <source>will be added</source>
        <translation>将被添加</translation>
    </message>
    <message>
        <source>{camera} · {time}</source>
        <translation>{camera} · {time}</translation>
    </message>
    <message>
        <source>{count} analyses/s</source>
        <translation>{count} 次分析/秒</translation>
    </message>
    <message>
        <source>{count} analysis/s</source>
        <translation>{count} 次分析/秒</translation>
    </message>
    <message>
        <source>{count} chosen</source>
        <translation>已选 {count} 项</translation>
    </message>
    <message>
        <source>{count} face</source>
        <translation>{count} 张人脸</translation>
    </message>
    <message>
        <source>{count} face came after it was built.</source>
        <translation>构建之后新增了 {count} 张人脸。</translation>
    </message>
    <message>
        <source>{count} face came from an index without a picture: it cannot be moved, nor found from then on.</source>
        <translation>{count} 张人脸来自索引，没有图片：无法转换，此后也不会被找到。</translation>
    </message>
    <message>
        <source>{count} face could not be added.</source>
        <translation>有 {count} 张人脸无法添加。</translation>
    </message>
    <message>
        <source>{count} face gets this name.</source>
        <translation>{count} 张人脸采用此姓名。</translation>
    </message>
    <message>
        <source>{count} face has no usable picture and is not found with the new model.</source>
        <translation>{count} 张人脸没有可用图片，用新模型无法找到。</translation>
    </message>
    <message>
        <source>{count} face in it</source>
        <translation>其中有 {count} 张人脸</translation>
    </message>
    <message>
        <source>{count} face in the results</source>
        <translation>结果中有 {count} 张人脸</translation>
    </message>
    <message>
        <source>{count} face that is gone is masked.</source>
        <translation>已屏蔽 {count} 张不再存在的人脸。</translation>
    </message>
    <message>
        <source>{count} face, no picture kept</source>
        <translation>{count} 张人脸，未保留图片</translation>
    </message>
    <message>
        <source>{count} faces</source>
        <translation>{count} 张人脸</translation>
    </message>
    <message>
        <source>{count} faces are chosen.</source>
        <translation>已选中 {count} 张人脸。</translation>
    </message>
    <message>
        <source>{count} faces came after it was built.</source>
        <translation>构建之后新增了 {count} 张人脸。</translation>
    </message>
    <message>
        <source>{count} faces came from an index without pictures: they cannot be moved, nor found from then on.</source>
        <translation>{count} 张人脸来自索引，没有图片：无法转换，此后也不会被找到。</translation>
    </message>
    <message>
        <source>{count} faces could not be added.</source>
        <translation>有 {count} 张人脸无法添加。</translation>
    </message>
    <message>
        <source>{count} faces get this name.</source>
        <translation>{count} 张人脸采用此姓名。</translation>
    </message>
    <message>
        <source>{count} faces have no usable picture and are not found with the new model.</source>
        <translation>{count} 张人脸没有可用图片，用新模型无法找到。</translation>
    </message>
    <message>
        <source>{count} faces in it</source>
        <translation>其中有 {count} 张人脸</translation>
    </message>
    <message>
        <source>{count} faces in the results</source>
        <translation>结果中有 {count} 张人脸</translation>
    </message>
    <message>
        <source>{count} faces that are gone are masked.</source>
        <translation>已屏蔽 {count} 张不再存在的人脸。</translation>
    </message>
    <message>
        <source>{count} faces, no picture kept</source>
        <translation>{count} 张人脸，未保留图片</translation>
    </message>
    <message>
        <source>{count} job</source>
        <translation>{count} 个任务</translation>
    </message>
    <message>
        <source>{count} jobs</source>
        <translation>{count} 个任务</translation>
    </message>
    <message>
        <source>{count} of {all} people fit</source>
        <translation>{all} 位人员中有 {count} 位符合</translation>
    </message>
    <message>
        <source>{count} of {all} people fits</source>
        <translation>{all} 位人员中有 {count} 位符合</translation>
    </message>
    <message>
        <source>{count} people</source>
        <translation>{count} 位人员</translation>
    </message>
    <message>
        <source>{count} people ticked</source>
        <translation>已勾选 {count} 位人员</translation>
    </message>
    <message>
        <source>{count} people with {faces} are erased for good.</source>
        <translation>{count} 位人员及{faces}将被彻底清除。</translation>
    </message>
    <message>
        <source>{count} person</source>
        <translation>{count} 位人员</translation>
    </message>
    <message>
        <source>{count} person ticked</source>
        <translation>已勾选 {count} 位人员</translation>
    </message>
    <message>
        <source>{count} person with {faces} is erased for good.</source>
        <translation>{count} 位人员及{faces}将被彻底清除。</translation>
    </message>
    <message>
        <source>{count} photo could not be used.</source>
        <translation>{count} 张照片无法使用。</translation>
    </message>
    <message>
        <source>{count} photo could not be used…</source>
        <translation>{count} 张照片无法使用…</translation>
    </message>
    <message>
        <source>{count} photos could not be used.</source>
        <translation>{count} 张照片无法使用。</translation>
    </message>
    <message>
        <source>{count} photos could not be used…</source>
        <translation>{count} 张照片无法使用…</translation>
    </message>
    <message>
        <source>{count} problem</source>
        <translation>{count} 个问题</translation>
    </message>
    <message>
        <source>{count} problems</source>
        <translation>{count} 个问题</translation>
    </message>
    <message>
        <source>{count} setting was changed.</source>
        <translation>已更改 {count} 项设置。</translation>
    </message>
    <message>
        <source>{count} settings were changed.</source>
        <translation>已更改 {count} 项设置。</translation>
    </message>
    <message>
        <source>{disk} on disk, {memory} in memory</source>
        <translation>磁盘 {disk}，内存 {memory}</translation>
    </message>
    <message>
        <source>{doing}, about {seconds} s left</source>
        <translation>{doing}，还剩约 {seconds} 秒</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done}/{total}</translation>
    </message>
    <message>
        <source>{done} of {total} photos</source>
        <translation>{done}/{total} 张照片</translation>
    </message>
    <message>
        <source>{done} of {total} photos · {rate} a second · {left} left</source>
        <translation>{done}/{total} 张照片 · 每秒 {rate} · 剩余 {left}</translation>
    </message>
    <message>
        <source>{engine} on {device}</source>
        <translation>{engine}，{device}</translation>
    </message>
    <message>
        <source>{faces} of {people} will be added, {left} left out</source>
        <translation>将添加{people}的 {faces}，不添加 {left} 项</translation>
    </message>
    <message>
        <source>{faces} of {people} will be added, {left} left out, {there} already there</source>
        <translation>将添加{people}的 {faces}，不添加 {left} 项，{there} 项已存在</translation>
    </message>
    <message>
        <source>{faces} of {people}.</source>
        <translation>{people}的 {faces}。</translation>
    </message>
    <message>
        <source>{faces} of {people}: about {size} in memory and on disk.</source>
        <translation>{people}的 {faces}：内存和磁盘占用约 {size}。</translation>
    </message>
    <message>
        <source>{faces} · similarity {number}</source>
        <translation>{faces} · 相似度 {number}</translation>
    </message>
    <message>
        <source>{file} does not tell how pictures are prepared for it. A card (card.yaml) says it: its maker's description of the model has the values.</source>
        <translation>{file} 没有说明图片如何预处理。模型卡（card.yaml）对此加以说明：各项数值可在制作者对模型的介绍中找到。</translation>
    </message>
    <message>
        <source>{first} found first, {five} of the nearest five found; a search takes {median}, 99 % within {p99}. {sample} searches, {when}.</source>
        <translation>首位命中 {first}，最近五张命中 {five}；一次搜索用时 {median}，99 % 在 {p99} 以内。{sample} 次搜索，{when}。</translation>
    </message>
    <message>
        <source>{folder} holds an index already. It will be replaced.</source>
        <translation>{folder} 中已有索引，将被替换。</translation>
    </message>
    <message>
        <source>{folder}: {kind}, {metric}, {faces}</source>
        <translation>{folder}：{kind}，{metric}，{faces}</translation>
    </message>
    <message>
        <source>{gallery} (read only)</source>
        <translation>{gallery}（只读）</translation>
    </message>
    <message>
        <source>{gallery}: {people}, {faces}</source>
        <translation>{gallery}：{people}，{faces}</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours} 小时 {minutes} 分</translation>
    </message>
    <message>
        <source>{jobs}, {percent} %</source>
        <translation>{jobs}，{percent} %</translation>
    </message>
    <message>
        <source>{job}: {state}</source>
        <translation>{job}：{state}</translation>
    </message>
    <message>
        <source>{keys} (changed)</source>
        <translation>{keys}（已更改）</translation>
    </message>
    <message>
        <source>{keys} already means: {actions}.</source>
        <translation>{keys} 已用于：{actions}。</translation>
    </message>
    <message>
        <source>{kind}. {note}</source>
        <translation>{kind}。{note}</translation>
    </message>
    <message>
        <source>{kind}: show or hide</source>
        <translation>{kind}：显示或隐藏</translation>
    </message>
    <message>
        <source>{kind}: {count}</source>
        <translation>{kind}：{count}</translation>
    </message>
    <message>
        <source>{kind}: {faces}</source>
        <translation>{kind}：{faces}</translation>
    </message>
    <message>
        <source>{level} and worse</source>
        <translation>{level}及更严重</translation>
    </message>
    <message>
        <source>{low} to {high}. {note}</source>
        <translation>{low} 到 {high}。{note}</translation>
    </message>
    <message>
        <source>{many} All others are done; nothing was changed in any photo.</source>
        <translation>{many} 其余均已完成；没有修改任何照片。</translation>
    </message>
    <message>
        <source>{metric} – {name}</source>
        <translation>{metric} – {name}</translation>
    </message>
    <message>
        <source>{metric}: {name}; the same people are found with either.</source>
        <translation>{metric}：{name}；用任何一种找到的人都相同。</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} 分</translation>
    </message>
    <message>
        <source>{minutes} min {seconds} s</source>
        <translation>{minutes} 分 {seconds} 秒</translation>
    </message>
    <message>
        <source>{model} · {engine}, {device}</source>
        <translation>{model} · {engine}，{device}</translation>
    </message>
    <message>
        <source>{model}, in {folder}</source>
        <translation>{model}，位于 {folder}</translation>
    </message>
    <message>
        <source>{names} and {count} more</source>
        <translation>{names}及另外 {count} 位</translation>
    </message>
    <message>
        <source>{name}  ({faces})</source>
        <translation>{name}  （{faces}）</translation>
    </message>
    <message>
        <source>{name} (in use)</source>
        <translation>{name}（使用中）</translation>
    </message>
    <message>
        <source>{name} (not here)</source>
        <translation>{name}（不在本机）</translation>
    </message>
    <message>
        <source>{name} and {other} look like one person. Are they?</source>
        <translation>{name} 和 {other} 看起来像同一个人。是吗？</translation>
    </message>
    <message>
        <source>{name} is over.</source>
        <translation>{name} 已播放完毕。</translation>
    </message>
    <message>
        <source>{name} {number}</source>
        <translation>{name} {number}</translation>
    </message>
    <message>
        <source>{name} · {faces}</source>
        <translation>{name} · {faces}</translation>
    </message>
    <message>
        <source>{name}, left out. Click to take this face.</source>
        <translation>{name}，不添加。点击以采用这张人脸。</translation>
    </message>
    <message>
        <source>{name}, used for recognition</source>
        <translation>{name}，用于识别</translation>
    </message>
    <message>
        <source>{name}, will be added. Click to leave out.</source>
        <translation>{name}，将被添加。点击以去掉。</translation>
    </message>
    <message>
        <source>{name}, {length} numbers a face</source>
        <translation>{name}，每张人脸 {length} 个数值</translation>
    </message>
    <message>
        <source>{name}: back to the default</source>
        <translation>{name}：恢复默认值</translation>
    </message>
    <message>
        <source>{name}: now {old}, then {new}</source>
        <translation>{name}：现为 {old}，之后为 {new}</translation>
    </message>
    <message>
        <source>{name}?</source>
        <translation>{name}？</translation>
    </message>
    <message>
        <source>{number} ms</source>
        <translation>{number} 毫秒</translation>
    </message>
    <message>
        <source>{old} → {new}</source>
        <translation>{old} → {new}</translation>
    </message>
    <message>
        <source>{people} were compared with each other, each one also as if nobody had enrolled them.</source>
        <translation>已将 {people}相互比较，并逐一假设其未被录入。</translation>
    </message>
    <message>
        <source>{people} · {faces}</source>
        <translation>{people} · {faces}</translation>
    </message>
    <message>
        <source>{rate} a second</source>
        <translation>每秒 {rate}</translation>
    </message>
    <message>
        <source>{rate} analyses/s</source>
        <translation>{rate} 次分析/秒</translation>
    </message>
    <message>
        <source>{rate} pictures/s</source>
        <translation>{rate} 张图片/秒</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} 秒</translation>
    </message>
    <message>
        <source>{share} %</source>
        <translation>{share} %</translation>
    </message>
    <message>
        <source>{size} have arrived</source>
        <translation>已收到 {size}</translation>
    </message>
    <message>
        <source>{size} of {model} have arrived. Fetching it again begins at the start.</source>
        <translation>{model} 已收到 {size}。再次下载将从头开始。</translation>
    </message>
    <message>
        <source>{state}: {reason}</source>
        <translation>{state}：{reason}</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>剩余 {time}</translation>
    </message>
    <message>
        <source>{value} ms</source>
        <translation>{value} 毫秒</translation>
    </message>
    <message>
        <source>{value}. {note}</source>
        <translation>{value}。{note}</translation>
    </message>
    <message>
        <source>{what}, similarity {number}</source>
        <translation>{what}，相似度 {number}</translation>
    </message>
    <message>
        <source>{width} × {height}</source>
        <translation>{width} × {height}</translation>
    </message>
    <message>
        <source>{word} · {number}</source>
        <translation>{word} · {number}</translation>
    </message>
    <message>
        <source>“{folder}” holds {count} picture and no folders.</source>
        <translation>“{folder}”中有 {count} 张图片，没有文件夹。</translation>
    </message>
    <message>
        <source>“{folder}” holds {count} pictures and no folders.</source>
        <translation>“{folder}”中有 {count} 张图片，没有文件夹。</translation>
    </message>
    <message>
        <source>“{folder}” is a PaddleX index folder ({kind}) with {count} face. Its people join the gallery {gallery} without pictures, so they cannot be moved to another model later.</source>
        <translation>“{folder}”是 PaddleX 索引文件夹（{kind}），含 {count} 张人脸。其中的人员将不带图片加入图库 {gallery}，以后无法转到其他模型。</translation>
    </message>
    <message>
        <source>“{folder}” is a PaddleX index folder ({kind}) with {count} faces. Its people join the gallery {gallery} without pictures, so they cannot be moved to another model later.</source>
        <translation>“{folder}”是 PaddleX 索引文件夹（{kind}），含 {count} 张人脸。其中的人员将不带图片加入图库 {gallery}，以后无法转到其他模型。</translation>
    </message>
    <message>
        <source>✓ in use</source>
        <translation>✓ 使用中</translation>
    </message>
    <message>
        <source>✓ in use by the gallery</source>
        <translation>✓ 图库正在使用</translation>
    </message>
    <message>
        <source>✓ quickest</source>
        <translation>✓ 最快</translation>
    </message>
</context>
</TS>
